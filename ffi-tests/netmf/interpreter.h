/*
 * interpreter.h - what a NETMF-style interpreter does with the socket layer, over the simulated
 * chip.
 *
 * Green threads run one at a time. One that has to wait asks with a select whose time is zero, is
 * parked until the socket event, which is global and latched, and then asks again from the top.
 * Time passes only while all are parked. What the layer asks of its runtime comes as it may: /INT
 * in the midst of a call, the service step from a timer, also in the midst of a call.
 *
 * A function that gives an exception gives it as the negative of its error code.
 */
#ifndef INTERPRETER_H
#define INTERPRETER_H

#include "w5100_netmf.h"
#include "wire.h"

#define PORT 80
#define PEER_PORT 7
#define GREEN_MOST 16

enum mode { MODE_READ, MODE_WRITE, MODE_ERROR }; /* Socket.Poll's */

extern struct interpreter {
    uint32_t events;     /* times the event was set */
    uint32_t selects;    /* times a thread has asked */
    uint32_t services;   /* service steps */
    uint32_t interrupts; /* falling edges of /INT */
    uint32_t asked_ms;   /* in how many a service step was asked for last */
    bool raised;         /* the event is latched */
    bool timers_inside;  /* the timer comes in the midst of calls too */
    /* Called when a thread has asked in vain, before it is parked. */
    void (*before_park)(int fd);
} interpreter;

/** The scene: a chip, the layer on it, and the peer. */
void interpreter_start(bool wired);

/** The same with these addresses. */
void interpreter_start_with(bool wired, const w5100_netmf_configuration *configuration);

/** What interpreter_start() configures. */
w5100_netmf_configuration interpreter_configuration(void);

/** A green thread. */
void green(const char *name, void (*run)(void *argument), void *argument);

/** Runs them until all have ended. Fails with their names if one sleeps for `limit_ms`. */
void green_run(uint32_t limit_ms);

/** A green thread waits for the socket event, `limit_ms` milliseconds at most: false after them. */
bool green_park(uint32_t limit_ms);

/** A green thread sleeps. */
void green_sleep(uint32_t ms);

/** `ms` milliseconds pass, and the layer is served as it asks for. */
void interpreter_pass(uint32_t ms);

/** A socket as the interpreter makes one. */
int managed_socket(int type);

/** What one select of the interpreter gives: above 0, 0 for not yet, or an exception. */
int managed_ask(int fd, enum mode mode);

/** Socket.Poll in milliseconds, below 0 for ever: 1, 0, or an exception. */
int managed_poll(int fd, enum mode mode, int32_t limit_ms);

/** Socket.Connect to the peer: 0 or an exception. */
int managed_connect(int fd, uint8_t last, uint16_t port);

/** Socket.Accept: a socket or an exception. */
int managed_accept(int fd);

/** Socket.Send of all, and of as much as goes at once: the bytes or an exception. */
int managed_send(int fd, const void *data, int length);

/** Socket.Receive: the bytes, 0 at the end, or an exception. */
int managed_receive(int fd, void *data, int length, int32_t limit_ms);

/** Socket.Available. */
int managed_available(int fd);

/** A listening socket. */
int managed_listener(uint16_t port, int backlog);

/** An address: 192.168.1.`last`. */
w5100_netmf_sockaddr managed_address(uint8_t last, uint16_t port);

/** A client of the peer's that was accepted outside of green threads. */
w5100_sim_conn *managed_session(int listener, uint16_t port, int *accepted);

/** A call failed with this code, which is the last error. */
#define CHECK_CODE(call, code) check_code((call), (code), #call, __FILE__, __LINE__)
void check_code(int32_t result, int32_t code, const char *text, const char *file, int line);

#endif /* INTERPRETER_H */
