/* A program of someone else's: it drives a bus with nothing on it, and expects to be told so. */
#include "w5100.h"

static int32_t transfer(void *context, uint8_t *frames, size_t count) {
    (void)context;
    for (size_t i = 0; i < count * 4; i++) {
        frames[i] = 0xFF;
    }
    return 0;
}

/* A clock that moves on by a millisecond whenever it is looked at. */
static uint32_t now_ms(void *context) {
    uint32_t *clock = context;
    return ++*clock;
}

#ifdef SOCKETS
/* The library was built with as many program sockets as this project asked for. */
static int has_its_sockets(void) {
    w5100_info row;
    return w5100_info_get(0, SOCKETS - 1, &row) == 0 &&
           w5100_info_get(0, SOCKETS, &row) == -W5100_EINVAL;
}
#else
static int has_its_sockets(void) {
    return 1;
}
#endif

/* Only a library without UDP does not know the socket type. */
static int knows_datagrams(void) {
    return w5100_socket(W5100_AF_INET, W5100_SOCK_DGRAM, 0) != -W5100_ESOCKTNOSUPPORT;
}

#ifdef TCP_ONLY
#define HAS_DATAGRAMS 0
#else
#define HAS_DATAGRAMS 1
#endif

int main(void) {
    uint32_t clock = 0;
    w5100_port port = {.size = sizeof port};
    w5100_config config = {.size = sizeof config, .mac = {2, 0, 0, 0, 0, 1}};
    port.context = &clock;
    port.transfer = transfer;
    port.now_ms = now_ms;
    if (!has_its_sockets()) {
        return 2;
    }
    if (knows_datagrams() != HAS_DATAGRAMS) {
        return 3;
    }
    return WIZnet_Enable(&port, &config) == -W5100_ENETDOWN ? 0 : 1;
}
