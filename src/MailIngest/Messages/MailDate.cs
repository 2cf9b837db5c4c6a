using System.Buffers.Text;
using System.Text;

namespace MailIngest.Messages;

/// <summary>Reads the day out of a mail date (RFC 5322 §3.3, the obsolete forms of §4.3, and ctime order), tolerantly and without culture or clock.</summary>
static class MailDate
{
    static ReadOnlySpan<byte> Months => "janfebmaraprmayjunjulaugsepoctnovdec"u8;

    /// <summary>The UTC day, or null when the text holds no whole date.</summary>
    internal static DateOnly? Day(ReadOnlySpan<byte> text)
    {
        int? day = null, month = null, year = null;
        TimeSpan? time = null;
        var offset = TimeSpan.Zero;
        foreach (var word in new Words(text))
        {
            if (word.IndexOf((byte)':') >= 0)
                time ??= Time(word);
            else if (word[0] is (byte)'+' or (byte)'-' && word.Length == 5)
                offset = Offset(word);
            else if (Number(word) is { } number)
            {
                if (day is null && number is >= 1 and <= 31 && word.Length <= 2)
                    day = number;
                else if (word.Length >= 2)
                    year ??= Year(number, word.Length);
            }
            else if (Month(word) is { } known)
                month ??= known;
            else
                offset = Zone(word) ?? offset;
        }

        // Year 1 and 9999 are left out so that a zone never leaves the calendar.
        if (day is null || month is null || year is not (> 1 and < 9999) || day > DateTime.DaysInMonth(year.Value, month.Value))
            return null;
        return DateOnly.FromDateTime(new DateTime(year.Value, month.Value, day.Value) + (time ?? TimeSpan.Zero) - offset);
    }

    static int? Number(ReadOnlySpan<byte> word) =>
        word.Length <= 4 && word[0] is >= (byte)'0' and <= (byte)'9' && Utf8Parser.TryParse(word, out int number, out var used) && used == word.Length
            ? number : null;

    // RFC 5322 §4.3: two digits mean 1950 to 2049, three digits count from 1900.
    static int Year(int number, int digits) => digits switch
    {
        2 => number < 50 ? 2000 + number : 1900 + number,
        3 => 1900 + number,
        _ => number,
    };

    static int? Month(ReadOnlySpan<byte> word)
    {
        for (var month = 1; word.Length >= 3 && month <= 12; month++)
        {
            if (Ascii.EqualsIgnoreCase(word[..3], Months.Slice(3 * (month - 1), 3)))
                return month;
        }

        return null;
    }

    static TimeSpan? Time(ReadOnlySpan<byte> word)
    {
        var colon = word.IndexOf((byte)':');
        var rest = word[(colon + 1)..];
        var minutes = rest.IndexOf((byte)':') is >= 0 and var second ? rest[..second] : rest;
        return colon is 1 or 2 && minutes.Length is 1 or 2 && Number(word[..colon]) is < 24 and var hour && Number(minutes) is < 60 and var minute
            ? new TimeSpan(hour, minute, 0) : null;
    }

    static TimeSpan Offset(ReadOnlySpan<byte> word)
    {
        if (Number(word[1..]) is not { } number)
            return TimeSpan.Zero;
        var offset = new TimeSpan(number / 100, number % 100, 0);
        return offset >= TimeSpan.FromHours(24) ? TimeSpan.Zero : word[0] == '-' ? -offset : offset;
    }

    // RFC 5322 §4.3: these names have the meaning everybody gives them; all others count as UTC.
    static TimeSpan? Zone(ReadOnlySpan<byte> word) =>
        word.Length != 3 || (word[2] | 0x20) != 't' || ((word[1] | 0x20) is not ('s' or 'd')) ? null
        : (word[0] | 0x20, (word[1] | 0x20) == 'd') switch
        {
            ('e', var summer) => TimeSpan.FromHours(summer ? -4 : -5),
            ('c', var summer) => TimeSpan.FromHours(summer ? -5 : -6),
            ('m', var summer) => TimeSpan.FromHours(summer ? -6 : -7),
            ('p', var summer) => TimeSpan.FromHours(summer ? -7 : -8),
            _ => null,
        };

    /// <summary>The words of a date: what stands between blanks, commas, dashes inside a word, and comments.</summary>
    ref struct Words(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> _rest = text;

        public ReadOnlySpan<byte> Current { get; private set; }

        public readonly Words GetEnumerator() => this;

        public bool MoveNext()
        {
            SkipBlanksAndComments();
            if (_rest.IsEmpty)
                return false;

            var length = 1;
            while (length < _rest.Length && !Separates(_rest[length]))
                length++;
            Current = _rest[..length];
            _rest = _rest[length..];
            if (_rest.Length > 1 && _rest[0] == '-' && Current[0] is not ((byte)'+' or (byte)'-') && Current.IndexOf((byte)':') < 0)
                _rest = _rest[1..]; // 02-Jan-2024
            return true;
        }

        void SkipBlanksAndComments()
        {
            var depth = 0;
            while (!_rest.IsEmpty && (depth > 0 || IsBlank(_rest[0]) || _rest[0] is (byte)'(' or (byte)')'))
            {
                depth += _rest[0] == '(' ? 1 : _rest[0] == ')' && depth > 0 ? -1 : 0;
                _rest = _rest[1..];
            }
        }

        static bool IsBlank(byte octet) => octet <= ' ' || octet is (byte)',' or (byte)'"';

        static bool Separates(byte octet) => IsBlank(octet) || octet is (byte)'(' or (byte)'-';
    }
}
