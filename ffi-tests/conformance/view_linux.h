/* view_linux.h - the sockets of this computer. */
#ifndef VIEW_LINUX_H
#define VIEW_LINUX_H

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define VIEW_NAME "linux"

#include "view_posix.h"

#endif /* VIEW_LINUX_H */
