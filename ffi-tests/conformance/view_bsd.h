/* view_bsd.h - w5100_bsd.h. System headers come first, or they would be rewritten by its macros. */
#ifndef VIEW_BSD_H
#define VIEW_BSD_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include "w5100_bsd.h"

#define VIEW_NAME "bsd"

#include "view_posix.h"

#endif /* VIEW_BSD_H */
