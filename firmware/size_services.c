/* The same as size_full.c; but of DHCP and DNS only what most programs use: to get an address, to
   wait for it, to look at it, and to look names up. */
#define SIZE_BASIC_SERVICES
#include "size_full.c"
