/* Start-up code, clock and semihosting for QEMU's lm3s6965evb. */
#include "board.h"

#include <string.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)

#define CLOCK_HZ 12000000u

/* Semihosting operations and the reasons of SYS_EXIT (ARM IHI "Semihosting for AArch32"). */
#define SYS_WRITE0 0x04
#define SYS_EXIT 0x18
#define APPLICATION_EXIT 0x20026u
#define RUN_TIME_ERROR 0x20023u

extern uint8_t stack_top[], data_start[], data_end[], data_load[], bss_start[], bss_end[];

static volatile uint32_t milliseconds;

static void semihosting(uint32_t operation, uint32_t argument) {
    register uint32_t r0 __asm("r0") = operation;
    register uint32_t r1 __asm("r1") = argument;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void board_print(const char *text) {
    semihosting(SYS_WRITE0, (uint32_t)text);
}

void board_exit(int passed) {
    semihosting(SYS_EXIT, passed ? APPLICATION_EXIT : RUN_TIME_ERROR);
    for (;;) {
    }
}

uint32_t board_now_ms(void) {
    return milliseconds;
}

void board_sleep(void) {
    __asm volatile("wfi");
}

static void systick_handler(void) {
    milliseconds++;
}

static void fault_handler(void) {
    board_print("fault\n");
    board_exit(0);
}

/* Global: the linker script names it as the entry point. */
void reset_handler(void);
void reset_handler(void) {
    memcpy(data_start, data_load, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    SYST_RVR = CLOCK_HZ / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7; /* core clock, interrupt, on */
    board_exit(main() == 0);
}

typedef void (*handler)(void);

__attribute__((section(".vectors"), used)) static const struct {
    uint8_t *stack;
    handler handlers[15];
} vectors = {stack_top,
             {reset_handler, fault_handler, fault_handler, fault_handler, fault_handler,
              fault_handler, 0, 0, 0, 0, fault_handler, fault_handler, 0, fault_handler,
              systick_handler}};
