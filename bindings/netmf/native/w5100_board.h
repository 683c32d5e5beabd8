/*
 * w5100_board.h - what a port with a W5100 writes itself, for either runtime.
 */
#ifndef W5100_BOARD_H
#define W5100_BOARD_H

#include "w5100.h"

/** The board as docs/PORTING.md describes it. It has no `lock`: the interpreter is one task. */
const w5100_port *W5100_Board_Port();

#endif /* W5100_BOARD_H */
