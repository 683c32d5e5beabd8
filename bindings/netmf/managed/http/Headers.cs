using System;
using System.Collections.Generic;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>The headers of a request or an answer. Their names have no case.</summary>
    public class WebHeaderCollection
    {
        private readonly Dictionary<string, string> values =
            new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

        /// <summary>The value of a header; null if there is none.</summary>
        /// <param name="name">Its name.</param>
        /// <exception cref="ArgumentException">It cannot stand in a header.</exception>
        public string this[string name]
        {
            get
            {
                string value;
                return values.TryGetValue(name, out value) ? value : null;
            }

            set
            {
                if (name.IndexOfAny(new[] { '\r', '\n', ':' }) >= 0 || value.IndexOfAny(new[] { '\r', '\n' }) >= 0)
                {
                    throw new ArgumentException("not for a header");
                }
                values[name] = value;
            }
        }

        /// <summary>Adds a header, or another value to one.</summary>
        /// <param name="name">Its name.</param>
        /// <param name="value">Its value.</param>
        /// <exception cref="ArgumentException">It cannot stand in a header.</exception>
        public void Add(string name, string value)
        {
            string before = this[name];
            this[name] = before == null ? value : before + ", " + value;
        }

        /// <summary>The names.</summary>
        public string[] AllKeys
        {
            get
            {
                string[] names = new string[values.Count];
                values.Keys.CopyTo(names, 0);
                return names;
            }
        }

        /// <summary>How many there are.</summary>
        public int Count
        {
            get { return values.Count; }
        }

        /// <summary>The number in Content-Length; -1 if there is none.</summary>
        internal long Length
        {
            get
            {
                long length;
                return long.TryParse(this["Content-Length"], out length) && length >= 0 ? length : -1;
            }
        }
    }

    /// <summary>A request got no answer.</summary>
    public class WebException : Exception
    {
        /// <summary>Makes one of a text.</summary>
        /// <param name="message">What went wrong.</param>
        /// <param name="inner">Why, or null.</param>
        public WebException(string message, Exception inner)
            : base(message, inner)
        {
        }
    }
}
