package example;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import io.github.cfaccess.pulumi.cfaccess.ServiceToken;
import io.github.cfaccess.pulumi.cfaccess.ServiceTokenArgs;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    static void stack(Context ctx) {
        var config = ctx.config();

        var ci = new ServiceToken("ci", ServiceTokenArgs.builder()
            .accountId(config.require("accountId"))
            .name("ci-before")
            .duration("8760h")
            .build(), CustomResourceOptions.builder().importId(config.require("ciId")).build());
        var edge = ServiceToken.get("edge", Output.of(config.require("edgeId")), null);
        var anywhere = new ServiceToken("anywhere", ServiceTokenArgs.builder().name("anywhere").build());

        ctx.export("ciClientSecret", ci.clientSecret());
        ctx.export("ciClientSecretSeen", Output.format("seen: %s", ci.clientSecret()));
        ctx.export("edgeName", edge.name());
        ctx.export("edgeClientId", edge.clientId());
        ctx.export("anywhereAccountId", anywhere.accountId());
        ctx.export("anywhereClientSecret", anywhere.clientSecret());
    }
}
