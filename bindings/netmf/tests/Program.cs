using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;
using System.Threading;

/// <summary>
/// One of the programs, run in this process as Mono would run it, with its lines caught.
/// </summary>
public class Program
{
    private readonly List<string> lines = new List<string>();
    private readonly TextWriter before = Console.Out;
    private Exception failure;
    private bool ended;

    /// <summary>Starts `name`.exe, which lies beside this assembly.</summary>
    public Program(string name, params string[] args)
    {
        string here = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
        MethodInfo main = Assembly.LoadFrom(Path.Combine(here, name + ".exe")).EntryPoint;
        object[] arguments = main.GetParameters().Length == 0 ? null : new object[] { args };
        Console.SetOut(new Lines(this));
        Thread thread = new Thread(() => Run(main, arguments));
        thread.IsBackground = true;
        thread.Start();
    }

    private void Run(MethodInfo main, object[] arguments)
    {
        Exception how = null;
        try
        {
            main.Invoke(null, arguments);
        }
        catch (Exception exception)
        {
            how = exception.InnerException ?? exception;
        }
        lock (lines)
        {
            failure = how;
            ended = true;
            Monitor.PulseAll(lines);
        }
    }

    /// <summary>Waits until the program has printed a line so many times.</summary>
    public void Prints(string line, int times = 1)
    {
        Until(() => Count(line) >= times, "the program prints " + times + " times: " + line);
    }

    /// <summary>How often it has printed a line.</summary>
    public int Count(string line)
    {
        lock (lines)
        {
            return lines.FindAll(printed => printed == line).Count;
        }
    }

    /// <summary>Waits until it has ended well.</summary>
    public void Ends()
    {
        Until(() => ended, "the program ends");
    }

    /// <summary>It runs on, and nothing was thrown in its Main.</summary>
    public void Runs()
    {
        lock (lines)
        {
            Check.That(!ended, "the program goes on; it ended with " + failure);
        }
    }

    private void Until(Func<bool> condition, string what)
    {
        DateTime end = DateTime.UtcNow.AddMilliseconds(Board.PatienceMs);
        lock (lines)
        {
            while (!condition())
            {
                Check.That(failure == null, what + "; it ended with " + failure);
                Check.That(!ended, what + "; it ended");
                TimeSpan left = end - DateTime.UtcNow;
                Check.That(left > TimeSpan.Zero, what);
                Monitor.Wait(lines, left);
            }
            Check.That(failure == null, what + "; it ended with " + failure);
        }
    }

    private void Add(string line)
    {
        lock (lines)
        {
            lines.Add(line);
            Monitor.PulseAll(lines);
        }
        before.WriteLine("  | " + line);
    }

    /// <summary>Where the program's lines go.</summary>
    private class Lines : TextWriter
    {
        private readonly Program owner;

        public Lines(Program program)
        {
            owner = program;
        }

        public override Encoding Encoding
        {
            get { return Encoding.UTF8; }
        }

        public override void WriteLine(string line)
        {
            owner.Add(line);
        }
    }
}
