using System;
using System.Diagnostics;

namespace GHIElectronics.NETMF.Net.Sockets
{
    /// <summary>
    /// How long a call waits. The library is asked to wait for a part of it at a time: Mono stops a
    /// thread, at the end of the process for one, only when it is back from native code.
    /// </summary>
    internal struct Patience
    {
        private const int LongestSlice = 100;

        private readonly int limit;
        private readonly long begin;

        /// <summary>In milliseconds; below 0 is for ever.</summary>
        internal Patience(int limitMs)
        {
            limit = limitMs;
            begin = Stopwatch.GetTimestamp();
        }

        /// <summary>That of a timeout, where 0 is for ever too.</summary>
        internal static Patience Of(int timeout)
        {
            return new Patience(timeout == 0 ? -1 : timeout);
        }

        /// <summary>Milliseconds for the library: the time is a number of them.</summary>
        internal int Slice
        {
            get
            {
                if (limit < 0)
                {
                    return LongestSlice;
                }
                int slices = Math.Max(1, (limit - 1) / LongestSlice + 1);
                return limit / slices + (limit % slices != 0 ? 1 : 0);
            }
        }

        /// <summary>Whether the time is over; never if it is for ever.</summary>
        internal bool IsOver
        {
            get
            {
                long ticks = Stopwatch.GetTimestamp() - begin;
                return limit >= 0 && ticks >= limit * Stopwatch.Frequency / 1000;
            }
        }
    }
}
