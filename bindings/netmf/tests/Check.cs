using System;

/// <summary>An expectation was not met.</summary>
public class CheckFailed : Exception
{
    public CheckFailed(string message)
        : base(message)
    {
    }
}

/// <summary>Expectations; one that is not met ends the test.</summary>
public static class Check
{
    public static void That(bool condition, string what)
    {
        if (!condition)
        {
            throw new CheckFailed("not so: " + what);
        }
    }

    public static void Equal<T>(T expected, T actual)
    {
        if (!Equals(expected, actual))
        {
            throw new CheckFailed("expected " + expected + ", got " + actual);
        }
    }

    /// <summary>Exactly this type of exception, not one derived from it.</summary>
    public static T Throws<T>(Action action)
        where T : Exception
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            if (exception.GetType() == typeof(T))
            {
                return (T)exception;
            }
            throw new CheckFailed("expected " + typeof(T) + ", got " + exception);
        }
        throw new CheckFailed("expected " + typeof(T) + ", got nothing");
    }

    public static void ThrowsError(int code, Action action)
    {
        var exception = Throws<GHIElectronics.NETMF.Net.Sockets.SocketException>(action);
        Equal(code, exception.ErrorCode);
    }

    public static void ThrowsNoFreeSockets(Action action)
    {
        Equal("No free sockets", Throws<Exception>(action).Message);
    }
}
