using CfAccess.Access;
using Pulumi;
using Pulumi.Utilities;
using Xunit;

namespace Tests;

public class FunctionTests
{
    private const string Account = "0000000000000000000000000000aaaa";
    private const string Zone = "0000000000000000000000000000bbbb";
    private const string TokenId = "00000000-0000-4000-8000-000000000001";

    // A token that was never used, as a function returns it.
    private static Dictionary<string, object> Token => new()
    {
        ["accountId"] = Account,
        ["clientId"] = "fake.access",
        ["clientSecretVersion"] = 2,
        ["enabled"] = true,
        ["importId"] = Account + "/" + TokenId,
        ["name"] = "ci",
        ["tokenId"] = TokenId,
    };

    [Fact]
    public async Task GetServiceTokenLooksUpByNameInAnAccount()
    {
        var mocks = new Mocks { Result = Token };
        Output<GetServiceTokenResult> output = null!;
        await mocks.RunAsync(() => output = GetServiceToken.Invoke(new() { AccountId = Account, Name = "ci" }));

        var call = Assert.Single(mocks.Calls);
        Assert.Equal("cfaccess:index:getServiceToken", call.Token);
        Assert.Equal(new SortedDictionary<string, object> { ["accountId"] = Account, ["name"] = "ci" }, Mocks.Sorted(call.Args));
        var found = await OutputUtilities.GetValueAsync(output);
        Assert.Equal(Account, found.AccountId);
        Assert.Equal("fake.access", found.ClientId);
        Assert.Equal(2, found.ClientSecretVersion);
        Assert.True(found.Enabled);
        Assert.Equal(Account + "/" + TokenId, found.ImportId);
        Assert.Null(found.LastSeenAt);
        Assert.Equal("ci", found.Name);
        Assert.Equal(TokenId, found.TokenId);
    }

    [Fact]
    public async Task GetServiceTokenLooksUpByIdInAZone()
    {
        var mocks = new Mocks { Result = Token };
        Task<GetServiceTokenResult> task = null!;
        await mocks.RunAsync(() => task = GetServiceToken.InvokeAsync(new() { TokenId = TokenId, ZoneId = Zone }));

        Assert.Equal("fake.access", (await task).ClientId);
        var call = Assert.Single(mocks.Calls);
        Assert.Equal("cfaccess:index:getServiceToken", call.Token);
        Assert.Equal(new SortedDictionary<string, object> { ["tokenId"] = TokenId, ["zoneId"] = Zone }, Mocks.Sorted(call.Args));
    }

    [Fact]
    public async Task GetServiceTokensSendsEachFilterUnderItsName()
    {
        var mocks = new Mocks { Result = new() { ["tokens"] = new[] { Token } } };
        Output<GetServiceTokensResult> output = null!;
        await mocks.RunAsync(() => output = GetServiceTokens.Invoke(new()
        {
            AccountId = Account,
            Enabled = false,
            ExpiresWithinDays = 30,
            NameContains = "ci",
            UnusedForDays = 90,
        }));

        var call = Assert.Single(mocks.Calls);
        Assert.Equal("cfaccess:index:getServiceTokens", call.Token);
        Assert.Equal(new SortedDictionary<string, object>
        {
            ["accountId"] = Account,
            ["enabled"] = false,
            ["expiresWithinDays"] = 30.0,
            ["nameContains"] = "ci",
            ["unusedForDays"] = 90.0,
        }, Mocks.Sorted(call.Args));
        var found = Assert.Single((await OutputUtilities.GetValueAsync(output)).Tokens);
        Assert.Equal("ci", found.Name);
        Assert.Equal(2, found.ClientSecretVersion);
    }

    [Fact]
    public async Task GetServiceTokensListsAZone()
    {
        var mocks = new Mocks { Result = new() { ["tokens"] = Array.Empty<object>() } };
        Task<GetServiceTokensResult> task = null!;
        await mocks.RunAsync(() => task = GetServiceTokens.InvokeAsync(new() { ZoneId = Zone }));

        Assert.Empty((await task).Tokens);
        var call = Assert.Single(mocks.Calls);
        Assert.Equal("cfaccess:index:getServiceTokens", call.Token);
        Assert.Equal(new SortedDictionary<string, object> { ["zoneId"] = Zone }, Mocks.Sorted(call.Args));
    }

    [Fact]
    public async Task GetServiceTokenReferencesReturnsWhatUsesAToken()
    {
        var policy = new Dictionary<string, object>
        {
            ["admits"] = true,
            ["decision"] = "non_identity",
            ["id"] = "fake-policy",
            ["kind"] = "policy",
            ["name"] = "machines",
            ["place"] = "include",
        };
        var mocks = new Mocks
        {
            Result = new()
            {
                ["anyValidServiceToken"] = Array.Empty<object>(),
                ["references"] = new[] { policy },
                ["unread"] = Array.Empty<object>(),
            },
        };
        Output<GetServiceTokenReferencesResult> output = null!;
        await mocks.RunAsync(() => output = GetServiceTokenReferences.Invoke(new() { AccountId = Account, TokenId = TokenId }));

        var call = Assert.Single(mocks.Calls);
        Assert.Equal("cfaccess:index:getServiceTokenReferences", call.Token);
        Assert.Equal(new SortedDictionary<string, object> { ["accountId"] = Account, ["tokenId"] = TokenId }, Mocks.Sorted(call.Args));
        var found = await OutputUtilities.GetValueAsync(output);
        var reference = Assert.Single(found.References);
        Assert.Equal("machines", reference.Name);
        Assert.True(reference.Admits);
        Assert.Null(reference.Domain);
        Assert.Empty(found.Unread);
    }
}
