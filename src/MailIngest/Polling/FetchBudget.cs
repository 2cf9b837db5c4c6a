namespace MailIngest.Polling;

/// <summary>How many messages and octets (by LIST) a session may still RETR. The first message is always admitted: a limit delays mail, it never strands it.</summary>
/// <param name="messages">0: no limit.</param>
/// <param name="octets">0: no limit.</param>
public sealed class FetchBudget(int messages, long octets)
{
    int _messages;
    long _octets;

    /// <summary>Takes the message into the session, or says that it has to wait for another one.</summary>
    public bool Admits(long listedOctets)
    {
        if (!HasRoom(_messages, _octets, listedOctets))
            return false;
        _messages++;
        _octets = Saturating.Add(_octets, listedOctets);
        return true;
    }

    /// <summary>How many of these messages it would admit, one after the other; none is taken.</summary>
    public int RoomFor(IEnumerable<long> listedOctets)
    {
        var (taken, sum) = (_messages, _octets);
        return listedOctets.TakeWhile(next =>
        {
            var fits = HasRoom(taken, sum, next);
            taken++;
            sum = Saturating.Add(sum, next);
            return fits;
        }).Count();
    }

    bool HasRoom(int taken, long sum, long next) =>
        taken == 0 || ((messages == 0 || taken < messages) && (octets == 0 || Saturating.Add(sum, next) <= octets));
}
