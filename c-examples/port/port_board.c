/*
 * port_board.c - the port of a bare-metal board, to start your own from.
 *
 * The board: a Stellaris LM3S6965 (Cortex-M3) at 12 MHz without an operating system. The chip hangs
 * on SSI0; /SCS is PA3, /RESET is PB0, /INT is PB1. One task, so lock and unlock are left out; an
 * RTOS port gives its mutex there, and a semaphore in wait and notify.
 *
 * Put SysTick_Handler and GPIOPortB_Handler into your vector table.
 */
#include "port.h"

#include <errno.h>
#include <stdio.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* System control and Cortex-M3 core. */
#define RCGC1 REGISTER(0x400FE104)
#define RCGC2 REGISTER(0x400FE108)
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define NVIC_ISER0 REGISTER(0xE000E100)

/* SSI0. */
#define SSI_CR0 REGISTER(0x40008000)
#define SSI_CR1 REGISTER(0x40008004)
#define SSI_DR REGISTER(0x40008008)
#define SSI_SR REGISTER(0x4000800C)
#define SSI_CPSR REGISTER(0x40008010)
#define SSI_SR_RNE (1u << 2) /* the receive FIFO holds a byte */

/* GPIO ports A and B. A pin's data register is addressed by its mask. */
#define PORT_A 0x40004000u
#define PORT_B 0x40005000u
#define GPIO_DATA(port, pins) REGISTER((port) + ((pins) << 2))
#define GPIO_DIR(port) REGISTER((port) + 0x400)
#define GPIO_IM(port) REGISTER((port) + 0x410)
#define GPIO_ICR(port) REGISTER((port) + 0x41C)
#define GPIO_AFSEL(port) REGISTER((port) + 0x420)
#define GPIO_DEN(port) REGISTER((port) + 0x51C)

#define CLOCK_HZ 12000000u
#define SCS (1u << 3)       /* PA3 */
#define SSI_PINS 0x34u      /* PA2 clock, PA4 receive, PA5 transmit */
#define RESET_PIN (1u << 0) /* PB0 */
#define INT_PIN (1u << 1)   /* PB1 */

static volatile uint32_t milliseconds;
static int32_t device = -1;

void SysTick_Handler(void);
void SysTick_Handler(void) {
    milliseconds++;
}

/* The falling edge of /INT. */
void GPIOPortB_Handler(void);
void GPIOPortB_Handler(void) {
    GPIO_ICR(PORT_B) = INT_PIN;
    w5100_interrupt(device);
}

/* Chip select goes up after every frame: the W5100 has no bursts. Four bytes fit the FIFO. */
static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    (void)context;
    for (uint8_t *frame = frames; frame < frames + count * 4; frame += 4) {
        GPIO_DATA(PORT_A, SCS) = 0;
        for (int i = 0; i < 4; i++) {
            SSI_DR = frame[i];
        }
        for (int i = 0; i < 4; i++) {
            while ((SSI_SR & SSI_SR_RNE) == 0) {
            }
            frame[i] = (uint8_t)SSI_DR;
        }
        GPIO_DATA(PORT_A, SCS) = SCS;
    }
    return 0;
}

static void reset(void *context, bool asserted) {
    (void)context;
    GPIO_DATA(PORT_B, RESET_PIN) = asserted ? 0 : RESET_PIN;
}

static uint32_t now_ms(void *context) {
    (void)context;
    return milliseconds;
}

/* One sleep is enough, as wait may return early: the tick ends it within a millisecond. Interrupts
   are off between the look and the sleep; WFI wakes on a pending one all the same. */
static void wait(void *context, uint32_t seen, uint32_t timeout_ms) {
    (void)context;
    __asm volatile("cpsid i" ::: "memory");
    if (timeout_ms != 0 && !w5100_notified(seen)) {
        __asm volatile("wfi");
    }
    __asm volatile("cpsie i" ::: "memory");
}

static bool interrupt(void *context) {
    (void)context;
    return GPIO_DATA(PORT_B, INT_PIN) == 0;
}

/* The C library's errno. An RTOS with an errno for each task has it here as well. The cast is for
   C libraries whose int32_t is a long of the same size. */
static int32_t *errno_location(void *context) {
    (void)context;
    return (int32_t *)&errno;
}

/* What WSAGetLastError() gives, for programs that use the Winsock view. */
static int32_t *last_error_location(void *context) {
    static int32_t last_error;
    (void)context;
    return &last_error;
}

/* The library uses it in place: it must last as long as the device is enabled. */
static const w5100_port port = {
    .size = sizeof port,
    .transfer = transfer,
    .reset = reset,
    .now_ms = now_ms,
    .wait = wait,
    .interrupt = interrupt,
    .errno_location = errno_location,
    .last_error_location = last_error_location,
};

static void start_board(void) {
    RCGC1 |= 1u << 4; /* SSI0 */
    RCGC2 |= 3u;      /* GPIO A, B */
    (void)RCGC2;      /* the clock needs a few cycles */

    GPIO_DATA(PORT_A, SCS) = SCS;
    GPIO_DIR(PORT_A) |= SCS;
    GPIO_AFSEL(PORT_A) |= SSI_PINS;
    GPIO_DEN(PORT_A) |= SCS | SSI_PINS;
    GPIO_DIR(PORT_B) |= RESET_PIN;
    GPIO_DEN(PORT_B) |= RESET_PIN | INT_PIN;
    GPIO_IM(PORT_B) |= INT_PIN; /* edges, falling: as after reset */
    NVIC_ISER0 = 1u << 1;       /* GPIO port B */

    SSI_CPSR = 2;      /* 6 MHz; the chip takes 14 */
    SSI_CR0 = 7;       /* 8 bits, SPI mode 0 */
    SSI_CR1 = 1u << 1; /* enable */

    SYST_RVR = CLOCK_HZ / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7; /* core clock, interrupt, on */
}

int32_t port_open(const w5100_config *config) {
    start_board();
    device = WIZnet_Enable(&port, config);
    return device;
}

int32_t port_reach(const w5100_config *config, uint16_t chip_port, uint16_t wanted,
                   char where[PORT_REACH_SIZE]) {
    (void)wanted;
    snprintf(where, PORT_REACH_SIZE, "%u.%u.%u.%u:%u", config->ip[0], config->ip[1], config->ip[2],
             config->ip[3], chip_port);
    return 0;
}

uint32_t port_now_ms(void) {
    return milliseconds;
}

void port_close(int32_t opened) {
    WIZnet_Disable(opened);
    device = -1;
}
