/* holds.h - how long the library may keep others from a device. */
#ifndef HOLDS_H
#define HOLDS_H

/** No hold of a lock took more frames than the header says, on any device whose chip did not fail.
    Runs after each case. */
void holds_check(void);

#endif /* HOLDS_H */
