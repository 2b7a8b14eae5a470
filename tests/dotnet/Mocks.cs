using System.Collections.Concurrent;
using Pulumi;
using Pulumi.Testing;
using Xunit;

// Deployment.TestAsync supports one deployment at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Tests;

/// <summary>
/// Stands in for the engine: records what a program asks for, and answers it.
/// </summary>
internal sealed class Mocks : IMocks
{
    public ConcurrentQueue<MockResourceArgs> Resources { get; } = new();

    public ConcurrentQueue<MockCallArgs> Calls { get; } = new();

    /// <summary>The outputs of each resource, besides its inputs.</summary>
    public Dictionary<string, object> Outputs { get; init; } = new();

    /// <summary>The result of each function.</summary>
    public Dictionary<string, object> Result { get; init; } = new();

    public Task RunAsync(Action program, bool preview = false)
        => Deployment.TestAsync(this, new TestOptions { IsPreview = preview }, program);

    public Task<(string? id, object state)> NewResourceAsync(MockResourceArgs args)
    {
        Resources.Enqueue(args);
        return Task.FromResult<(string? id, object state)>(("id-of-" + args.Name, args.Inputs.SetItems(Outputs)));
    }

    public Task<object> CallAsync(MockCallArgs args)
    {
        Calls.Enqueue(args);
        return Task.FromResult<object>(Result);
    }

    /// <summary>Properties in an order in which they can be compared.</summary>
    public static SortedDictionary<string, object> Sorted(IDictionary<string, object> properties) => new(properties);
}
