/*
 * view.h - one set of names for all views.
 *
 * V(AF_INET) is a constant of the view, v_socket() a call. A call gives 0 or a count, or -1; then
 * v_error() is the view's own number of the reason and v_error_name() its name.
 */
#ifndef VIEW_H
#define VIEW_H

#if defined VIEW_CORE
#include "view_core.h"
#elif defined VIEW_BSD
#include "view_bsd.h"
#elif defined VIEW_WINSOCK
#include "view_winsock.h"
#elif defined VIEW_LINUX
#include "view_linux.h"
#else
#error "no view is chosen"
#endif

/** The name of an error number of the view; POSIX where POSIX has it. */
const char *v_error_name(int error);

/** What v_select() waits for, and what it found. */
enum { READABLE = 1, WRITABLE = 2, EXCEPT = 4 };

#endif /* VIEW_H */
