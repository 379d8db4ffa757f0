// What Swift cannot spell of the Linux interface: calls behind _GNU_SOURCE, variadic functions and
// control messages. Every function returns a result of its own or a negated errno.
#pragma once
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

// unshare(2) and setns(2).
int clinux_unshare_network(void);
// The same in a child that ends at once: what this process would get. A thread to try it in would
// linger for a moment, and unshare_user takes a process with one thread only.
int clinux_try_unshare_network(void);
int clinux_unshare_user(void);
int clinux_enter_network(int fd);
int clinux_enter_user(int fd);
// Lets the next program keep every capability this process has, whoever its user is
// (PR_CAP_AMBIENT_RAISE).
int clinux_keep_capabilities(void);
// An open descriptor of the calling thread's network namespace.
int clinux_open_network(void);

// Names the calling thread (PR_SET_NAME), in 15 bytes at most.
int clinux_name_thread(const char *name);

// Asks for wake-ups as exact as the kernel's timers are: prctl(PR_SET_TIMERSLACK, 1).
int clinux_exact_timers(void);
// epoll_pwait2(2); a negative timeout waits for ever.
int clinux_epoll_wait(int epoll, struct epoll_event *events, int most, int64_t timeout_ns);

// Blocks SIGINT, SIGTERM and SIGHUP for the thread and its later children, ignores SIGPIPE, and
// returns a signalfd(2) that becomes readable when one of the three arrives.
int clinux_catch_signals(void);
// The same for what kill(1) and a terminal tell a program (those three, SIGQUIT, SIGUSR1, SIGUSR2,
// SIGWINCH); who reads waits.
int clinux_pass_signals(void);
// Reads one such signal; its number.
int clinux_take_signal(int fd);

// write(2) that raises no SIGPIPE where nobody reads any longer, as send(2) does with MSG_NOSIGNAL.
ssize_t clinux_write(int fd, const void *bytes, size_t count);

// setsockopt(2) with an int, with a filter, with a name.
int clinux_set_option(int fd, int level, int option, int value);
int clinux_attach_filter(int fd, struct sock_filter *code, int length);
int clinux_bind_to_device(int fd, const char *name);
// The packets that a socket has dropped (SO_MEMINFO, SK_MEMINFO_DROPS); 0 where the kernel does not
// tell.
uint32_t clinux_socket_drops(int fd);
// bind(2) of a packet socket to an interface, all protocols.
int clinux_bind_packet(int fd, int interface_index);
// sendto(2) on a packet socket.
int clinux_send_frame(int fd, int interface_index, const void *frame, int length);

// bind(2) and connect(2) of an internet socket, and the port it is bound to. An address is its bytes
// as they are on the wire, 4 or 16 of them; ports are in host byte order.
int clinux_bind_internet(int fd, const uint8_t *address, int length, uint16_t port);
int clinux_connect_internet(int fd, const uint8_t *address, int length, uint16_t port);
int clinux_local_port(int fd);
// SO_ERROR, which asking for clears: 0 or a negated errno.
int clinux_socket_error(int fd);
// The segments of a TCP connection that were sent again (TCP_INFO, tcpi_total_retrans); 0 where the
// kernel does not tell.
uint32_t clinux_tcp_retransmits(int fd);
// sendto(2) on a raw internet socket.
int clinux_send_raw(int fd, const uint8_t *address, int length, const void *packet, int size);

// The most that is kept of a packet: more than an Ethernet frame has.
#define CLINUX_PACKET_ROOM 2048

// A datagram or frame and what the kernel said of it.
struct clinux_packet {
  uint8_t *bytes;
  // On the wire; may exceed what is kept.
  uint32_t length;
  // CLOCK_REALTIME; 0 when the kernel gave none.
  int64_t received_ns;
  // Of a UDP datagram: IP_TTL or IPV6_HOPLIMIT.
  uint8_t time_to_live;
  // Of a UDP datagram.
  uint16_t source_port;
};

// Room for packets to be received and sent together.
struct clinux_batch;
struct clinux_batch *clinux_batch_create(int capacity);
void clinux_batch_free(struct clinux_batch *batch);
struct clinux_packet *clinux_batch_packet(struct clinux_batch *batch, int index);
// recvmmsg(2) without waiting; the number received.
int clinux_batch_receive(struct clinux_batch *batch, int fd);
// sendmmsg(2) of the packets from `first` up to, not with, `end` to where they came from; the number
// sent.
int clinux_batch_send(struct clinux_batch *batch, int fd, int first, int end);

// An abstract AF_UNIX stream socket (no file): listening, or connected within so long, else -ETIMEDOUT.
int clinux_listen_abstract(const char *name);
int clinux_connect_abstract(const char *name, int milliseconds);
// What is sent on a socket and not taken for so long is given up with -EAGAIN; 0 for never.
int clinux_send_timeout(int fd, int milliseconds);
int clinux_accept(int fd);

// Hands descriptors to the process at the other end of a stream, or takes those that it hands over; how
// many.
#define CLINUX_MOST_DESCRIPTORS 4
int clinux_send_descriptors(int fd, const int *descriptors, int count);
int clinux_receive_descriptors(int fd, int *descriptors);
// The user and process at the other end (SO_PEERCRED).
int clinux_peer(int fd, uint32_t *user, int32_t *process);

// Descriptors of a program that is started.
#define CLINUX_MOST_GIVEN 16

// Starts a program in a session of its own. Its descriptors 0 up to `count` are those of
// `descriptors`; all others are closed. A small process between watches over it: when the program
// ends, when the caller ends in any way or when it gets CLINUX_END, it kills whatever of the session
// is left and ends as the program did. Signals that a program is told things by go on to it. Where
// descriptor 0 is a terminal, it becomes the session's. The signal `blocked`, where that is not 0, is blocked
// in it and in what it starts. The watcher's process id; `program` is told the program's own, 0 where it
// could not be started.
#define CLINUX_END SIGPWR
int clinux_spawn(const char *path, char *const *arguments, char *const *environment,
                 const int *descriptors, int count, int blocked, int *program);
// Starts a program that outlives the caller, in a session of its own and deaf to signals that end a
// session. Its descriptors 0 up to `count` are those of `descriptors`; all others are closed.
int clinux_detach(const char *path, char *const *arguments, char *const *environment,
                  const int *descriptors, int count);
// fork(2) and execve(2) in the caller's own process group, with `input` as descriptor 0 and `output` as 1 and
// 2; a descriptor that is readable when the program has ended (pidfd_open(2)), and its process id.
int clinux_run(const char *path, char *const *arguments, char *const *environment, int input,
               int output, int *process);
// mount(2), without set-user-ID; a mount point that is in use already is no error.
int clinux_mount(const char *target, const char *type, const char *options, int is_read_only);
// Has no program of the root file system, which is read-only, change its user
// (`mount -o remount,bind,ro,nosuid /`).
int clinux_ignore_set_user_id(void);
// What is mounted from here on is seen by this process and the programs it runs alone (mount_namespaces(7)).
int clinux_own_mounts(void);
// Has /sys show this process's network namespace, as `ip netns exec` does.
int clinux_mount_own_sysfs(void);
// Has a file that is there hold `text` (`mount --bind`).
int clinux_cover_file(const char *path, const char *text);
// Is called so from here on, this process and those that it starts alone (uts_namespaces(7)).
int clinux_take_host_name(const char *name);
// Passes bytes on as they are: no echo, no line editing, no signals (cfmakeraw(3)).
int clinux_make_raw(int terminal);
// The size of a terminal in characters (TIOCGWINSZ, TIOCSWINSZ); 0 when it does not say.
int clinux_terminal_size(int terminal, uint16_t *rows, uint16_t *columns);
int clinux_set_terminal_size(int terminal, uint16_t rows, uint16_t columns);
// A pseudoterminal (pty(7)): its master, and in `line` what a program has for a terminal.
int clinux_open_terminal(int *line);
// Waits until all that was written has left (tcdrain(3)).
int clinux_drain(int terminal);

// The kernel's answer to one request, with its extended-ACK text.
struct clinux_ack {
  int32_t error;
  const char *text;
};
// Reads the acknowledgement (nlmsgerr) or the end of a dump (NLMSG_DONE) at `header`; 0 when it is
// one.
struct nlmsghdr;
int clinux_read_ack(const struct nlmsghdr *header, struct clinux_ack *ack);
