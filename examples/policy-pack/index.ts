import * as cfaccess from "@cfaccess/pulumi-cfaccess";
import { PolicyPack, validateResourceOfType } from "@pulumi/policy";

new PolicyPack("cfaccess", {
    enforcementLevel: "mandatory",
    policies: [
        {
            name: "service-token-expires",
            description: "A service token expires.",
            validateResource: validateResourceOfType(cfaccess.ServiceToken, (token, _, reportViolation) => {
                if (token.duration === "forever") {
                    reportViolation("duration is forever: write a duration such as 8760h");
                }
            }),
        },
        {
            name: "service-token-rotates",
            description: "The client secret of a service token is rotated by age.",
            validateResource: validateResourceOfType(cfaccess.ServiceToken, (token, _, reportViolation) => {
                if (token.rotateAfter === undefined) {
                    reportViolation("rotateAfter is not set: write a duration such as 2160h");
                }
            }),
        },
    ],
});
