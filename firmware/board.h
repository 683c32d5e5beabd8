/* board.h - the little a test program needs of the board that QEMU plays (lm3s6965evb). */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/** Milliseconds since the start. */
uint32_t board_now_ms(void);

/** Sleep until the next interrupt, which is a millisecond away at most. */
void board_sleep(void);

/** Write `text` to the host's console, by semihosting. */
void board_print(const char *text);

/** End the emulator: status 0 when `passed` is not 0, otherwise 1. */
_Noreturn void board_exit(int passed);

/** The program. */
int main(void);

#endif /* BOARD_H */
