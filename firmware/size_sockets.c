/* The same as size_full.c, without DHCP and DNS: what those two take is the difference. */
#define SIZE_WITHOUT_SERVICES
#include "size_full.c"
