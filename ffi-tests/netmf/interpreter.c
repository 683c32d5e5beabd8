#include "interpreter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "port.h"

#define STACK (256 * 1024)
#define FOREVER UINT32_MAX
#define WOULD_BLOCK 10035

struct interpreter interpreter;

struct thread {
    const char *name;
    void (*run)(void *argument);
    void *argument;
    ucontext_t context;
    void *stack;
    bool ended, parked, for_event;
    uint32_t since, until; /* virtual milliseconds */
    uint64_t woken;
};

static struct thread threads[GREEN_MOST];
static int thread_count;
static struct thread *current;
static ucontext_t scheduler;

static w5100_port *port;
static int32_t (*bare_transfer)(void *context, uint8_t *frames, size_t count);
static void (*bare_wait)(void *context, uint32_t seen, uint32_t timeout_ms);
static uint32_t service_at;
static bool is_wired, was_low, is_inside, is_starting;

/* Events_Set(SYSTEM_EVENT_FLAG_SOCKET). */
static void set_event(void *context) {
    CHECK(context == &interpreter);
    interpreter.events++;
    interpreter.raised = true;
}

/* HAL_COMPLETION::EnqueueDelta. */
static void schedule(void *context, uint32_t ms) {
    CHECK(context == &interpreter);
    interpreter.asked_ms = ms;
    service_at = wire_now_ms() + ms;
}

static const w5100_netmf_hooks hooks = {sizeof hooks, set_event, schedule, &interpreter};

static void look_at_line(void) {
    const bool low = is_wired && w5100_sim_interrupt(wire_chip(0));
    if (low && !was_low) {
        was_low = low;
        interpreter.interrupts++;
        w5100_interrupt(0);
    }
    was_low = low;
}

static void serve(void) {
    interpreter.services++;
    service_at = wire_now_ms() + w5100_netmf_service();
}

/* An interrupt may come at any time, also while a call has the device. */
static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    const int32_t outcome = bare_transfer(context, frames, count);
    if (!is_inside) {
        is_inside = true;
        look_at_line();
        if (interpreter.timers_inside && rand() % 16 == 0) {
            CHECK_EQ(w5100_netmf_service(), 1); /* it does not wait for the call to end */
        }
        is_inside = false;
    }
    return outcome;
}

/* Only while the chip is set up. */
static void hardly_waits(void *context, uint32_t seen, uint32_t timeout_ms) {
    if (is_starting) {
        bare_wait(context, seen, timeout_ms);
        return;
    }
    printf("a call waits, for %u ms\n", timeout_ms);
    CHECK(false);
}

w5100_netmf_configuration interpreter_configuration(void) {
    static const uint8_t own[3][4] = {NETWORK(DEVICE_IP), {255, 255, 255, 0}, NETWORK(1)};
    w5100_netmf_configuration configuration = {0};
    memcpy(&configuration.ipaddr, own[0], 4);
    memcpy(&configuration.subnetmask, own[1], 4);
    memcpy(&configuration.gateway, own[2], 4);
    configuration.networkInterfaceType = 6;
    configuration.macAddressLen = 6;
    memcpy(configuration.macAddressBuffer, wire_config(0).mac, 6);
    return configuration;
}

void interpreter_start_with(bool wired, const w5100_netmf_configuration *configuration) {
    is_wired = wired;
    port = port_of(wire_add_chip(0));
    wire_add_peer();
    bare_transfer = port->transfer;
    port->transfer = transfer;
    bare_wait = port->wait;
    port->wait = hardly_waits;
    port->lock = NULL;
    port->unlock = NULL;
    if (!wired) {
        port->interrupt = NULL;
    }
    is_starting = true;
    CHECK_EQ(w5100_netmf_initialize(port, configuration, &hooks), 0);
    is_starting = false;
    CHECK_EQ(service_at, wire_now_ms());
}

void interpreter_start(bool wired) {
    const w5100_netmf_configuration configuration = interpreter_configuration();
    interpreter_start_with(wired, &configuration);
}

static void pass_one_ms(void) {
    wire_run(1);
    look_at_line();
    if ((int32_t)(wire_now_ms() - service_at) >= 0) {
        serve();
    }
}

void interpreter_pass(uint32_t ms) {
    for (uint32_t i = 0; i < ms; i++) {
        pass_one_ms();
    }
}

static void trampoline(void) {
    current->run(current->argument);
    current->ended = true;
    swapcontext(&current->context, &scheduler);
}

void green(const char *name, void (*run)(void *), void *argument) {
    CHECK(thread_count < GREEN_MOST);
    struct thread *thread = &threads[thread_count++];
    *thread = (struct thread){.name = name, .run = run, .argument = argument};
    thread->stack = malloc(STACK);
    CHECK(thread->stack != NULL);
    getcontext(&thread->context);
    thread->context.uc_stack.ss_sp = thread->stack;
    thread->context.uc_stack.ss_size = STACK;
    makecontext(&thread->context, trampoline, 0);
}

static void park(uint32_t limit_ms, bool for_event) {
    struct thread *self = current;
    CHECK(self != NULL);
    self->parked = true;
    self->for_event = for_event;
    self->since = wire_now_ms();
    self->until = limit_ms;
    swapcontext(&self->context, &scheduler);
}

static bool is_over(const struct thread *thread) {
    return thread->until != FOREVER && wire_now_ms() - thread->since >= thread->until;
}

bool green_park(uint32_t limit_ms) {
    struct thread *self = current;
    park(limit_ms, true);
    return !is_over(self);
}

void green_sleep(uint32_t ms) {
    park(ms, false);
}

/* All that the event or their time has woken, in turn; false if all are parked. */
static bool run_once(void) {
    bool ran = false;
    const bool raised = interpreter.raised;
    interpreter.raised = false;
    for (int i = 0; i < thread_count; i++) {
        struct thread *thread = &threads[i];
        if (thread->parked && raised && thread->for_event) {
            thread->parked = false;
        }
        if (thread->parked && is_over(thread)) {
            thread->parked = false;
        }
    }
    for (int i = 0; i < thread_count; i++) {
        current = &threads[i];
        if (!current->ended && !current->parked) {
            ran = true;
            swapcontext(&scheduler, &current->context);
        }
    }
    current = NULL;
    return ran;
}

/* One that sleeps for ever. */
static void check_sleepers(uint32_t limit_ms) {
    for (int i = 0; i < thread_count; i++) {
        const struct thread *thread = &threads[i];
        if (!thread->ended && thread->until == FOREVER &&
            wire_now_ms() - thread->since > limit_ms) {
            printf("%s sleeps since %u, now %u\n", thread->name, thread->since, wire_now_ms());
            CHECK(false);
        }
    }
}

void green_run(uint32_t limit_ms) {
    int ended;
    do {
        while (run_once()) {
        }
        if (!interpreter.raised) {
            pass_one_ms();
        }
        check_sleepers(limit_ms);
        ended = 0;
        for (int i = 0; i < thread_count; i++) {
            ended += threads[i].ended;
        }
    } while (ended < thread_count);
    for (int i = 0; i < thread_count; i++) {
        free(threads[i].stack);
    }
    thread_count = 0;
}

void check_code(int32_t result, int32_t code, const char *text, const char *file, int line) {
    check_equal(result, W5100_NETMF_SOCKET_ERROR, text, file, line);
    check_equal(w5100_netmf_sock_getlasterror(), code, text, file, line);
}
