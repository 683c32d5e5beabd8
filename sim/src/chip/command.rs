//! The commands of Sn_CR.

use super::core::Core;
use super::options::Faults;
use super::regs::{command, socket as reg, status};
use super::socket::{Socket, Task};
use crate::node::Micros;

impl Socket {
    /// Sn_CR is written: the command is accepted at once, after a while or never.
    pub(crate) fn write_command(
        &mut self,
        core: &mut Core,
        faults: &mut Faults,
        code: u8,
        now: Micros,
    ) {
        if self.busy.is_some() {
            core.counters.misuses += 1;
        } else if faults.hung {
            self.busy = Some((code, None));
        } else if core.options.command_time > 0 {
            self.overtaken = self.ended_unseen;
            self.busy = Some((code, Some(now + core.options.command_time)));
        } else {
            self.execute(core, faults, code, now);
        }
    }

    /// Accepts the command that waited long enough.
    pub(crate) fn poll_command(&mut self, core: &mut Core, faults: &mut Faults, now: Micros) {
        if let Some((code, Some(due))) = self.busy
            && due <= now
        {
            self.busy = None;
            self.execute(core, faults, code, now);
            self.overtaken = false;
        }
    }

    fn execute(&mut self, core: &mut Core, faults: &mut Faults, code: u8, now: Micros) {
        core.counters.commands += 1;
        let tcp = self.protocol() == reg::TCP;
        match (code, self.status()) {
            (command::OPEN, _) => self.open(core),
            (command::CLOSE, _) => self.close(core),
            (command::LISTEN, status::INIT) => self.set_status(status::LISTEN),
            (command::CONNECT, status::INIT) => self.start_connect(core, now),
            (command::DISCON, status::ESTABLISHED | status::CLOSE_WAIT | status::SYNRECV) => {
                self.disconnect(core, now);
            }
            (command::SEND, status::ESTABLISHED | status::CLOSE_WAIT) => {
                self.send_stream(core, now);
            }
            (command::SEND_KEEP, status::ESTABLISHED | status::CLOSE_WAIT) => {
                let sent = self
                    .connection
                    .as_mut()
                    .is_some_and(|c| c.keep_alive(core, now));
                core.counters.misuses += u64::from(!sent);
            }
            (command::SEND | command::SEND_MAC, status::UDP | status::IPRAW | status::MACRAW) => {
                if self.protocol() != reg::MACRAW && faults.swallow_send {
                    faults.swallow_send = false;
                    self.stuck = true;
                }
                self.send_datagram(core, code == command::SEND_MAC, now);
            }
            // What arrived before the end can be taken after it.
            (command::RECV, current) if tcp || current != status::CLOSED => {
                self.take_received(core, now);
            }
            // The end came between the driver's last look and this command: it could not know.
            _ if self.ended_unseen || self.overtaken => {}
            _ => core.counters.misuses += 1,
        }
    }

    /// OPEN: takes over the mode and the latched registers and zeroes the pointers.
    fn open(&mut self, core: &mut Core) {
        self.connection = None;
        self.ended_unseen = false;
        self.task = Task::Idle;
        self.neighbour = None;
        self.mode = self.regs[reg::MR];
        for at in [reg::DHAR, reg::DIPR, reg::DPORT, reg::MSSR] {
            self.take(at);
        }
        self.set(reg::TX_WR, &[0; 2]);
        self.set(reg::RX_RD, &[0; 2]);
        (self.tx_rd, self.tx_wr, self.rx_wr, self.rx_taken) = (0, 0, 0, 0);
        let first = self.index == 0;
        self.set_status(match self.protocol() {
            reg::TCP => status::INIT,
            reg::UDP => status::UDP,
            reg::IPRAW => status::IPRAW,
            reg::MACRAW if first => status::MACRAW,
            reg::PPPOE if first => status::PPPOE,
            _ => status::CLOSED,
        });
        if self.is_multicast() {
            self.join(core);
        }
    }

    /// CLOSE: silent for TCP; a multicast socket leaves its group.
    fn close(&mut self, core: &mut Core) {
        if self.is_multicast() {
            self.leave(core);
        }
        self.drop_connection(core);
    }

    fn start_connect(&mut self, core: &mut Core, now: Micros) {
        for at in [reg::DHAR, reg::DIPR, reg::DPORT, reg::MSSR] {
            self.take(at);
        }
        if self.resolve(core, now).is_some() {
            self.connect(core, now);
        }
    }

    /// RECV: takes RX_RD; with data left Sn_IR.RECV is raised again.
    fn take_received(&mut self, core: &mut Core, now: Micros) {
        let before = self.rx_taken;
        let waiting = self.rx_wr.wrapping_sub(before);
        self.take(reg::RX_RD);
        let mut taken = self.word(reg::RX_RD).wrapping_sub(before);
        if taken > waiting {
            // Unless the end has thrown away what the driver saw.
            let overtaken = self.ended_unseen || self.overtaken;
            core.counters.misuses += u64::from(!overtaken);
            taken = waiting;
            self.set(reg::RX_RD, &self.rx_wr.to_be_bytes());
        }
        self.rx_taken = before.wrapping_add(taken);
        self.received_stream(taken, now);
        if self.rx_waiting() > 0 {
            self.raise(reg::RECV);
        }
    }
}
