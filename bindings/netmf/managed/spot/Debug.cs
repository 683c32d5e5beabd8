using System;

namespace Microsoft.SPOT
{
    /// <summary>Messages to whoever watches the program.</summary>
    public static class Debug
    {
        /// <summary>
        /// Writes a line. On a board it goes to the debugger, here to standard output at once.
        /// </summary>
        /// <param name="text">The line, without its end; null is an empty one.</param>
        public static void Print(string text)
        {
            lock (Console.Out)
            {
                Console.Out.WriteLine(text);
                Console.Out.Flush();
            }
        }
    }
}
