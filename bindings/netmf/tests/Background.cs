using System;
using System.Threading;

/// <summary>Something that another thread does; how it ends is looked at.</summary>
public class Background
{
    private readonly Thread thread;
    private Exception failure;

    public Background(Action action)
    {
        thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.IsBackground = true;
        thread.Start();
    }

    /// <summary>Waits for the end, and passes on what it ended with.</summary>
    public void Join()
    {
        Check.That(thread.Join(Board.PatienceMs), "a thread ends");
        if (failure != null)
        {
            throw new CheckFailed("a thread ended with " + failure);
        }
    }

    /// <summary>It has not ended yet.</summary>
    public bool IsAlive
    {
        get { return thread.IsAlive; }
    }
}
