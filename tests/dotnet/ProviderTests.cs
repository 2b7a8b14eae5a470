using CfAccess.Access;
using Pulumi;
using Pulumi.Utilities;
using Xunit;

namespace Tests;

public class ProviderTests
{
    private const string Account = "0000000000000000000000000000aaaa";

    [Fact]
    public async Task EachInputIsSentUnderItsName()
    {
        var mocks = new Mocks();
        await mocks.RunAsync(() => new Provider("account", new()
        {
            AccountId = Account,
            ApiKey = "fake-api-key",
            ApiToken = "fake-api-token",
            BaseUrl = "https://cloudflare.example/client/v4",
            Email = "someone@cloudflare.example",
            ExpiryWarningDays = 30,
            HoldRotations = true,
            MaxRetries = 3,
            RequestTimeout = "30s",
            RequestsPerSecond = 2.5,
        }));

        var sent = Assert.Single(mocks.Resources);
        Assert.Equal("pulumi:providers:cfaccess", sent.Type);
        // The inputs of a provider that are no strings are sent as JSON.
        Assert.Equal(new SortedDictionary<string, object>
        {
            ["accountId"] = Account,
            ["apiKey"] = "fake-api-key",
            ["apiToken"] = "fake-api-token",
            ["baseUrl"] = "https://cloudflare.example/client/v4",
            ["email"] = "someone@cloudflare.example",
            ["expiryWarningDays"] = "30",
            ["holdRotations"] = "true",
            ["maxRetries"] = "3",
            ["requestTimeout"] = "30s",
            ["requestsPerSecond"] = "2.5",
        }, Mocks.Sorted(sent.Inputs));
    }

    [Fact]
    public async Task CredentialsAreSecretsAlthoughTheProgramGivesPlainText()
    {
        var args = new ProviderArgs { ApiKey = "fake-api-key", ApiToken = "fake-api-token", Email = "someone@cloudflare.example" };

        Assert.True(await Output.IsSecretAsync(args.ApiKey.ToOutput()));
        Assert.True(await Output.IsSecretAsync(args.ApiToken.ToOutput()));
        Assert.False(await Output.IsSecretAsync(args.Email.ToOutput()));
    }

    [Fact]
    public async Task ResourcesAndFunctionsUseAnExplicitProvider()
    {
        var mocks = new Mocks();
        Provider provider = null!;
        await mocks.RunAsync(() =>
        {
            provider = new Provider("account", new() { ApiToken = "fake-api-token" });
            _ = new ServiceToken("ci", new() { Name = "ci" }, new CustomResourceOptions { Provider = provider });
            GetServiceToken.Invoke(new() { Name = "ci" }, new InvokeOptions { Provider = provider });
        });

        var reference = await OutputUtilities.GetValueAsync(provider.Urn) + "::" + await OutputUtilities.GetValueAsync(provider.Id);
        Assert.Equal(reference, Assert.Single(mocks.Resources, resource => resource.Name == "ci").Provider);
        Assert.Equal(reference, Assert.Single(mocks.Calls).Provider);
    }
}
