using System;
using System.Collections.Generic;
using System.Reflection;
using System.Runtime.InteropServices;

/// <summary>
/// The tests: every public static method without arguments in a class whose name ends in "Tests".
/// One test is one process. Without an argument their names are printed.
/// </summary>
public static class MainProgram
{
    public static void Main(string[] args)
    {
        var tests = new SortedDictionary<string, MethodInfo>(StringComparer.Ordinal);
        foreach (Type type in Assembly.GetExecutingAssembly().GetTypes())
        {
            if (!type.Name.EndsWith("Tests", StringComparison.Ordinal))
            {
                continue;
            }
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Static))
            {
                tests.Add(method.Name, method);
            }
        }
        if (args.Length == 0)
        {
            foreach (string name in tests.Keys)
            {
                Console.WriteLine(name);
            }
            return;
        }
        // The program's threads go on meanwhile, and Mono 6.8 may stumble over such at its end.
        _exit(Passes(tests[args[0]]) ? 0 : 1);
    }

    [DllImport("libc", CallingConvention = CallingConvention.Cdecl)]
    private static extern void _exit(int status);

    private static bool Passes(MethodInfo test)
    {
        try
        {
            test.Invoke(null, null);
            Check.Equal(0, Board.w5100_host_complaints());
            Console.Error.WriteLine("passed: " + test.Name);
            return true;
        }
        catch (Exception exception)
        {
            Exception cause = exception is TargetInvocationException ? exception.InnerException : exception;
            Console.Error.WriteLine("FAILED: " + test.Name + ": " + cause);
            return false;
        }
    }
}
