package example;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.resources.CustomResourceOptions;
import io.github.cfaccess.pulumi.cfaccess.CfaccessFunctions;
import io.github.cfaccess.pulumi.cfaccess.ServiceToken;
import io.github.cfaccess.pulumi.cfaccess.ServiceTokenArgs;
import io.github.cfaccess.pulumi.cfaccess.inputs.GetServiceTokenReferencesArgs;
import java.util.Optional;
import java.util.stream.Collectors;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    static void stack(Context ctx) {
        var config = ctx.config();

        var ci = new ServiceToken("ci", ServiceTokenArgs.builder()
            .accountId(config.require("accountId"))
            .name("ci")
            .duration("8760h")
            .enabled(true)
            .build());
        var edge = new ServiceToken("edge", ServiceTokenArgs.builder()
            .zoneId(config.require("zoneId"))
            .name("edge")
            .build());
        // A read and a function do not send the address of the plugin: ci has it installed.
        var known = ServiceToken.get("known", Output.of(config.require("knownId")),
            CustomResourceOptions.builder().dependsOn(ci).build());

        var usage = CfaccessFunctions.getServiceTokenReferences(GetServiceTokenReferencesArgs.builder()
            .zoneId(config.require("zoneId"))
            .tokenId(known.tokenId())
            .build());

        // The types that a program may rely on.
        Output<String> clientSecret = ci.clientSecret();
        Output<Optional<String>> zoneId = edge.zoneId();
        Output<Optional<Integer>> version = edge.clientSecretVersion();
        Output<Boolean> enabled = known.enabled();
        Output<String> name = known.name();
        Output<String> users = usage.applyValue(found -> found.references().stream()
            .map(r -> r.name() + ": " + r.policy().get().name() + " " + (r.admits().get() ? "admits" : "shut"))
            .collect(Collectors.joining(", ")));

        ctx.export("clientSecret", clientSecret);
        ctx.export("zoneId", zoneId);
        ctx.export("version", version);
        ctx.export("enabled", enabled);
        ctx.export("name", name);
        ctx.export("users", users);
    }
}
