namespace MailIngest.Pop3.Server;

/// <summary>A message cannot be read to the end that its size announced, and part of it has been sent.</summary>
#pragma warning disable CA1032, CA1064 // thrown and caught inside the server, never seen outside
sealed class UnreadableMessageException(int number, string why, Exception? cause = null)
    : Exception($"message {number} cannot be read: {why}", cause);
#pragma warning restore CA1032, CA1064
