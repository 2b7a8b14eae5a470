import * as pulumi from "@pulumi/pulumi";
import * as cfaccess from "@cfaccess/pulumi-cfaccess";

const config = new pulumi.Config();
const days = config.getNumber("days") ?? 90;

// Nothing is created here: each preview and each run asks Cloudflare again.
const unused = cfaccess.getServiceTokensOutput({
    accountId: config.require("accountId"),
    enabled: true,
    unusedForDays: days,
});

// The exported ids import these tokens with `pulumi import`.
export const unusedTokens = unused.tokens.apply((tokens) =>
    tokens.map((token) => {
        pulumi.log.warn(
            `${token.name} was ${token.lastSeenAt ? `last used on ${token.lastSeenAt}` : "never used"}, ` +
                `and not for ${days} days: import ${token.importId}, or delete it in the dashboard`,
        );
        return token.importId;
    }),
);
