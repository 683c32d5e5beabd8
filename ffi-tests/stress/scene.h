/*
 * scene.h - two chips with the library on a wire, and a host that plays all their peers.
 *
 * The clock is virtual: no time limit of the library depends on how fast this computer is, and
 * threads that have something to do run side by side.
 */
#ifndef SCENE_H
#define SCENE_H

#include "threads.h"
#include "w5100.h"
#include "w5100_sim.h"

#define DEVICES 2
#define PEER_IP 10
#define DEVICE_IP 201 /* the last byte of device 0's address; device 1 has the next */
#define NOBODY_IP 77

/* Ports of the devices. */
#define WILD_PORT 80
#define ECHO_PORT 81
#define UDP_PORT 5000

/* Ports of the peer. */
#define PEER_WILD_PORT 90
#define PEER_ECHO_PORT 91
#define PEER_UDP_PORT 7

/** Enable the devices. Device 0 has its /INT wired and no system mutex, device 1 the contrary, and
    its frames are clocked byte by byte. */
void scene_start(uint64_t seed);

/** Disable a device and enable it again, as its port is. */
void scene_restart(int device);

w5100_sim_world *scene_world(void);
w5100_sim_peer *scene_peer(void);
w5100_sim_chip *scene_chip(int device);

/** 192.168.1.`last`, `port` in host order, for the library. */
w5100_sockaddr_in scene_address(uint8_t last, uint16_t port);

/** The configuration that device `device` was enabled with. */
w5100_config scene_config(int device);

/** Close every socket that the devices' tables tell of. */
void scene_close_all(void);

/** All is closed: the hardware sockets come free, and no frame of the whole run was a wrong one. */
void scene_check(void);

/** What the frames' checker found so far, on both devices. */
struct scene_faults {
    uint32_t violations; /**< frames that broke the rules of chip select */
    uint32_t misuses;    /**< commands and accesses without meaning */
    uint32_t crowded;    /**< transfers that began before another one was over */
};
struct scene_faults scene_faults(void);

/** Read a register past the library and its locks: what a program must not do. */
uint8_t scene_read_behind_its_back(int device, uint16_t address);

#endif /* SCENE_H */
