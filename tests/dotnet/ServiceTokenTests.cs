using CfAccess.Access;
using Pulumi;
using Pulumi.Utilities;
using Xunit;

namespace Tests;

public class ServiceTokenTests
{
    private const string Account = "0000000000000000000000000000aaaa";
    private const string Zone = "0000000000000000000000000000bbbb";
    private const string Id = Account + "/00000000-0000-4000-8000-000000000001";

    [Fact]
    public async Task EachInputIsSentUnderItsName()
    {
        var mocks = new Mocks();
        await mocks.RunAsync(() => new ServiceToken("ci", new()
        {
            AccountId = Account,
            ClientSecretVersion = 2,
            Duration = "8760h",
            Enabled = true,
            MinDaysForRenewal = 30,
            Name = "ci",
            PreviousClientSecretExpiresAt = "2027-01-01T00:00:00Z",
            PreviousClientSecretGrace = "48h",
            RecoverClientSecret = RecoverClientSecret.Imported,
            RotateAfter = "2160h",
        }));

        var sent = Assert.Single(mocks.Resources);
        Assert.Equal("cfaccess:index:ServiceToken", sent.Type);
        Assert.Equal(new SortedDictionary<string, object>
        {
            ["accountId"] = Account,
            ["clientSecretVersion"] = 2.0,
            ["duration"] = "8760h",
            ["enabled"] = true,
            ["minDaysForRenewal"] = 30.0,
            ["name"] = "ci",
            ["previousClientSecretExpiresAt"] = "2027-01-01T00:00:00Z",
            ["previousClientSecretGrace"] = "48h",
            ["recoverClientSecret"] = "imported",
            ["rotateAfter"] = "2160h",
        }, Mocks.Sorted(sent.Inputs));
    }

    [Fact]
    public async Task ATokenOfAZoneSendsTheZoneAlone()
    {
        var mocks = new Mocks();
        await mocks.RunAsync(() => new ServiceToken("edge", new() { ZoneId = Zone, Name = "edge" }));

        var sent = Assert.Single(mocks.Resources);
        Assert.Equal(new SortedDictionary<string, object> { ["name"] = "edge", ["zoneId"] = Zone }, Mocks.Sorted(sent.Inputs));
    }

    [Fact]
    public async Task EachValueOfTheEnumIsSentAsItsText()
    {
        foreach (var (value, text) in new[]
        {
            (RecoverClientSecret.Never, "never"),
            (RecoverClientSecret.Imported, "imported"),
            (RecoverClientSecret.Always, "always"),
        })
        {
            var mocks = new Mocks();
            await mocks.RunAsync(() => new ServiceToken("ci", new() { Name = "ci", RecoverClientSecret = value }));

            Assert.Equal<object>(text, Assert.Single(mocks.Resources).Inputs["recoverClientSecret"]);
        }
    }

    [Fact]
    public async Task AnUnknownInputHasNoValueInAPreview()
    {
        var mocks = new Mocks();
        ServiceToken token = null!;
        await mocks.RunAsync(() => token = new ServiceToken("ci", new()
        {
            AccountId = Account,
            Name = OutputUtilities.CreateUnknown("a name that must not be sent"),
        }), preview: true);

        var sent = Assert.Single(mocks.Resources);
        Assert.Equal(new SortedDictionary<string, object> { ["accountId"] = Account }, Mocks.Sorted(sent.Inputs));
        Assert.True(await OutputUtilities.GetIsKnownAsync(token.AccountId));
        Assert.False(await OutputUtilities.GetIsKnownAsync(token.Name));
    }

    [Fact]
    public async Task ASecretInputIsSentWithItsValue()
    {
        var mocks = new Mocks();
        await mocks.RunAsync(() => new ServiceToken("ci", new() { Name = Output.CreateSecret("a-fake-secret-name") }));

        Assert.Equal<object>("a-fake-secret-name", Assert.Single(mocks.Resources).Inputs["name"]);
    }

    [Fact]
    public async Task OutputsAreReadFromTheirNames()
    {
        var mocks = new Mocks
        {
            Outputs = new()
            {
                ["clientId"] = "fake.access",
                ["clientSecret"] = "fake-client-secret",
                ["clientSecretVersion"] = 3,
                ["enabled"] = true,
            },
        };
        ServiceToken token = null!;
        await mocks.RunAsync(() => token = new ServiceToken("ci", new() { Name = "ci" }));

        Assert.Equal("ci", await OutputUtilities.GetValueAsync(token.Name));
        Assert.Equal("fake.access", await OutputUtilities.GetValueAsync(token.ClientId));
        Assert.Equal("fake-client-secret", await OutputUtilities.GetValueAsync(token.ClientSecret));
        Assert.Equal(3, await OutputUtilities.GetValueAsync(token.ClientSecretVersion));
        Assert.True(await OutputUtilities.GetValueAsync(token.Enabled));
        Assert.Null(await OutputUtilities.GetValueAsync(token.ExpiresAt));
    }

    [Fact]
    public async Task GetReadsTheTokenWithAnId()
    {
        var mocks = new Mocks { Outputs = new() { ["clientId"] = "fake.access" } };
        ServiceToken token = null!;
        await mocks.RunAsync(() => token = ServiceToken.Get("found", Id));

        var read = Assert.Single(mocks.Resources);
        Assert.Equal("cfaccess:index:ServiceToken", read.Type);
        Assert.Equal(Id, read.Id);
        Assert.Empty(read.Inputs);
        Assert.Equal(Id, await OutputUtilities.GetValueAsync(token.Id));
        Assert.Equal("fake.access", await OutputUtilities.GetValueAsync(token.ClientId));
        // Its type is string, but a token whose secret is not stored has none.
        Assert.Null(await OutputUtilities.GetValueAsync(token.ClientSecret));
    }

    [Fact]
    public async Task ImportIdIsSentWithTheInputs()
    {
        var mocks = new Mocks();
        await mocks.RunAsync(() => new ServiceToken(
            "ci", new() { AccountId = Account, Name = "ci" }, new CustomResourceOptions { ImportId = Id }));

        var sent = Assert.Single(mocks.Resources);
        Assert.Equal(Id, sent.Id);
        Assert.Equal(new SortedDictionary<string, object> { ["accountId"] = Account, ["name"] = "ci" }, Mocks.Sorted(sent.Inputs));
    }

    [Fact]
    public async Task OptionsNameThePluginAndTheSecretOutput()
    {
        CustomResourceOptions options = null!;
        await new Mocks().RunAsync(() => new ServiceToken("ci", new() { Name = "ci" }, new CustomResourceOptions
        {
            ResourceTransformations =
            {
                args =>
                {
                    options = (CustomResourceOptions)args.Options;
                    return null;
                },
            },
        }));

        Assert.Equal("clientSecret", Assert.Single(options.AdditionalSecretOutputs));
        Assert.Equal("github://api.github.com/cfaccess/pulumi-cfaccess", options.PluginDownloadURL);
        Assert.StartsWith(typeof(ServiceToken).Assembly.GetName().Version!.ToString(3), options.Version);
    }
}
