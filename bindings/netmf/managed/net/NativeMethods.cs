using System;
using System.Runtime.InteropServices;

namespace GHIElectronics.NETMF.Net
{
    /// <summary>An IPv4 address and port as the library has them: w5100_sockaddr_in.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 16)]
    internal struct NativeAddress
    {
        internal ushort Family;
        internal byte PortHigh;
        internal byte PortLow;
        internal byte A;
        internal byte B;
        internal byte C;
        internal byte D;
        internal ulong Zero;
    }

    /// <summary>A socket to wait for: w5100_pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct NativePoll
    {
        internal int Handle;
        internal short Events;
        internal short Found;
    }

    /// <summary>
    /// The functions of libw5100_host: those of w5100.h and w5100_host.h, which tell what they do.
    /// No managed code is called from there.
    /// </summary>
    internal static unsafe class NativeMethods
    {
        private const string Library = "w5100_host";
        private const CallingConvention C = CallingConvention.Cdecl;

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_enable(int reserve);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_static(byte[] ip, byte[] mask, byte[] gateway, byte[] mac);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_dhcp(byte[] mac, byte[] hostName, int timeoutMs);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_renew(int timeoutMs);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_release();

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_reset();

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_names_server(byte[] ip);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_addresses(byte[] sixteen);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_resolve(byte[] name, byte[] ip, int timeoutMs);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_host_reach(ushort chipPort, int datagram);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_wsa_error(int error);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_socket(int family, int kind, int protocol);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_bind(int handle, ref NativeAddress address, uint length);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_listen(int handle, int backlog);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_accept(int handle, IntPtr address, IntPtr length);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_connect(int handle, ref NativeAddress address, uint length);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_close(int handle);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_send(int handle, byte* data, UIntPtr length, int flags);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_sendto(int handle, byte* data, UIntPtr length, int flags,
            ref NativeAddress address, uint addressLength);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_recv(int handle, byte* data, UIntPtr length, int flags);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_recvfrom(int handle, byte* data, UIntPtr length, int flags,
            ref NativeAddress address, ref uint addressLength);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_poll(ref NativePoll set, uint count, int timeoutMs);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_ioctl(int handle, uint request, ref int value);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_getsockname(int handle, ref NativeAddress address, ref uint length);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_getpeername(int handle, ref NativeAddress address, ref uint length);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_setsockopt(int handle, int level, int name, byte[] value, uint length);

        [DllImport(Library, CallingConvention = C)]
        internal static extern int w5100_getsockopt(int handle, int level, int name, byte[] value,
            ref uint length);
    }
}
