package example;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import io.github.cfaccess.pulumi.cfaccess.ServiceToken;
import io.github.cfaccess.pulumi.cfaccess.ServiceTokenArgs;
import java.util.Map;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    static void stack(Context ctx) {
        var config = ctx.config();
        var environment = config.get("environment").orElse("staging");

        // What CI sends to reach an application that is behind Access.
        var ci = new ServiceToken("ci", ServiceTokenArgs.builder()
            .accountId(config.require("accountId"))
            .name("ci-" + environment)
            .duration("8760h")
            .build());

        // What a worker of one zone uses. It does not expire.
        var edge = new ServiceToken("edge", ServiceTokenArgs.builder()
            .zoneId(config.require("zoneId"))
            .name("edge-" + environment)
            .duration("forever")
            .build());

        // An Access policy admits the token by this id.
        ctx.export("ciTokenId", ci.tokenId());
        ctx.export("ciExpiresAt", ci.expiresAt());
        // The headers that a request has to carry. The secret in them keeps them secret.
        ctx.export("ciHeaders", Output.of(Map.of(
            "CF-Access-Client-Id", ci.clientId(),
            "CF-Access-Client-Secret", ci.clientSecret())));
        ctx.export("edgeClientId", edge.clientId());
        ctx.export("edgeClientSecret", edge.clientSecret());
    }
}
