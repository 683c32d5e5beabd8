/* tcp.h - this computer's own TCP, for the other end of a forwarded connection. */
#ifndef TCP_H
#define TCP_H

#include <stddef.h>
#include <stdint.h>

/** Connect to `port` of 127.0.0.1. */
int tcp_connect(uint16_t port);

/** Connect to an address written as "1.2.3.4:80", with or without anything after it. */
int tcp_connect_to(const char *address);

/** Connect until a connection is served, that is, gives a first byte back. A server with no room
    refuses; it may still be about to notice that it has room again. */
int tcp_connect_served(uint16_t port);

/** Listen on a free port of 127.0.0.1, which `*port` tells. */
int tcp_listen(uint16_t *port);

int tcp_accept(int listener);

/** Send all of `data` and receive as many bytes, both at once; they must be the same. */
void tcp_echo(int fd, const uint8_t *data, size_t length);

void tcp_send(int fd, const void *data, size_t length);

/** Receive exactly `length` bytes. */
void tcp_recv(int fd, void *data, size_t length);

/** Receive up to the other side's close: the number of bytes. More than `room` fails. */
size_t tcp_recv_all(int fd, void *data, size_t room);

/** Say that no more will be sent. */
void tcp_shutdown(int fd);

void tcp_close(int fd);

#endif /* TCP_H */
