using CfAccess.Access;
using Pulumi;
using Pulumi.Utilities;
using Xunit;

namespace Tests;

public class AccessCheckTests
{
    [Fact]
    public async Task EachInputIsSentUnderItsName()
    {
        var mocks = new Mocks { Outputs = new() { ["outcome"] = "admitted", ["status"] = 401 } };
        AccessCheck check = null!;
        await mocks.RunAsync(() => check = new AccessCheck("opens", new()
        {
            AcceptOpen = false,
            ClientId = "fake.access",
            ClientSecret = "fake-client-secret",
            ClientSecretStatus = "current",
            Header = "Authorization",
            OriginRedirects = { "login.example.com", "sso.example.com" },
            OriginStatuses = { 401, 403 },
            Timeout = "5m",
            Triggers = { "policy", 1 },
            Url = "https://app.example.com/health",
        }));

        var sent = Assert.Single(mocks.Resources);
        Assert.Equal("cfaccess:index:AccessCheck", sent.Type);
        Assert.Equal(new SortedDictionary<string, object>
        {
            ["acceptOpen"] = false,
            ["clientId"] = "fake.access",
            ["clientSecret"] = "fake-client-secret",
            ["clientSecretStatus"] = "current",
            ["header"] = "Authorization",
            ["originRedirects"] = "login.example.com,sso.example.com",
            ["originStatuses"] = "401,403",
            ["timeout"] = "5m",
            ["triggers"] = "policy,1",
            ["url"] = "https://app.example.com/health",
        }, Joined(sent.Inputs));
        Assert.Equal("admitted", await OutputUtilities.GetValueAsync(check.Outcome));
        Assert.Equal(401, await OutputUtilities.GetValueAsync(check.Status));
    }

    // Properties in an order in which they can be compared, each list as one text.
    private static SortedDictionary<string, object> Joined(IDictionary<string, object> properties)
        => Mocks.Sorted(properties.ToDictionary(p => p.Key, p => p.Value is IEnumerable<object> list ? string.Join(",", list) : p.Value));
}
