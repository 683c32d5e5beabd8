#![no_std]
//! WIZnet W5100 sockets.
