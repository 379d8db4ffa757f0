#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <net/ethernet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <termios.h>
#include <time.h>

static int result(int value) { return value < 0 ? -errno : value; }

int clinux_unshare_network(void) { return result(unshare(CLONE_NEWNET)); }
int clinux_try_unshare_network(void) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) _exit(unshare(CLONE_NEWNET) < 0 ? errno : 0);
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}

int clinux_unshare_user(void) { return result(unshare(CLONE_NEWUSER)); }
int clinux_enter_network(int fd) { return result(setns(fd, CLONE_NEWNET)); }
int clinux_enter_user(int fd) { return result(setns(fd, CLONE_NEWUSER)); }
int clinux_open_network(void) {
  return result(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

int clinux_keep_capabilities(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
  if (syscall(SYS_capget, &header, data) < 0) return -errno;
  for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) data[i].inheritable = data[i].permitted;
  if (syscall(SYS_capset, &header, data) < 0) return -errno;
  for (int i = 0; i <= CAP_LAST_CAP; i++) {
    if (!(data[CAP_TO_INDEX(i)].permitted & CAP_TO_MASK(i))) continue;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0) return -errno;
  }
  return 0;
}

int clinux_name_thread(const char *name) { return result(prctl(PR_SET_NAME, name)); }

int clinux_exact_timers(void) { return result(prctl(PR_SET_TIMERSLACK, 1)); }

int clinux_epoll_wait(int epoll, struct epoll_event *events, int most, int64_t timeout_ns) {
  struct timespec timeout = {timeout_ns / 1000000000, timeout_ns % 1000000000};
  return result(epoll_pwait2(epoll, events, most, timeout_ns < 0 ? NULL : &timeout, NULL));
}

static int is_ignored(int number) {
  struct sigaction action;
  return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static sigset_t caught_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  // Who starts a program with nohup(1) wants it to go on.
  if (!is_ignored(SIGHUP)) sigaddset(&set, SIGHUP);
  return set;
}

static int signal_queue(const sigset_t *set, int flags) {
  signal(SIGPIPE, SIG_IGN);
  if (sigprocmask(SIG_BLOCK, set, NULL) < 0) return -errno;
  return result(signalfd(-1, set, SFD_CLOEXEC | flags));
}

int clinux_catch_signals(void) {
  sigset_t set = caught_signals();
  return signal_queue(&set, SFD_NONBLOCK);
}

// What a program may be told by kill(1) and a terminal, and does not act upon before it asks.
static sigset_t passed_signals(void) {
  static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaddset(&set, numbers[i]);
  return set;
}

int clinux_pass_signals(void) {
  sigset_t set = passed_signals();
  // What this process was started to ignore, as by nohup(1) or in a script's background, is none.
  for (int number = 1; number < NSIG; number++)
    if (is_ignored(number)) sigdelset(&set, number);
  return signal_queue(&set, 0);
}

int clinux_take_signal(int fd) {
  struct signalfd_siginfo record;
  return read(fd, &record, sizeof record) < 0 ? -errno : (int)record.ssi_signo;
}

ssize_t clinux_write(int fd, const void *bytes, size_t count) {
  sigset_t broken, before, pending;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &broken, &before);
  ssize_t written = write(fd, bytes, count);
  int error = errno;
  // What it raised is taken away, and it does so too where it wrote a part before; what somebody else
  // raised stays.
  static const struct timespec at_once;
  if (written < (ssize_t)count && !sigismember(&pending, SIGPIPE))
    sigtimedwait(&broken, NULL, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return written < 0 ? -error : written;
}

int clinux_set_option(int fd, int level, int option, int value) {
  return result(setsockopt(fd, level, option, &value, sizeof value));
}

int clinux_attach_filter(int fd, struct sock_filter *code, int length) {
  struct sock_fprog program = {.len = length, .filter = code};
  return result(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
}

int clinux_bind_to_device(int fd, const char *name) {
  return result(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, strlen(name) + 1));
}

uint32_t clinux_socket_drops(int fd) {
  uint32_t memory[SK_MEMINFO_VARS] = {0};
  socklen_t length = sizeof memory;
  return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0 ? 0 : memory[SK_MEMINFO_DROPS];
}

static struct sockaddr_ll link_address(int interface_index) {
  return (struct sockaddr_ll){
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = interface_index};
}

int clinux_bind_packet(int fd, int interface_index) {
  struct sockaddr_ll address = link_address(interface_index);
  return result(bind(fd, (struct sockaddr *)&address, sizeof address));
}

int clinux_send_frame(int fd, int interface_index, const void *frame, int length) {
  struct sockaddr_ll address = link_address(interface_index);
  return result(sendto(fd, frame, length, 0, (struct sockaddr *)&address, sizeof address));
}

union socket_name {
  struct sockaddr any;
  struct sockaddr_in internet;
  struct sockaddr_in6 internet6;
  struct sockaddr_ll link;
};

// The name of an address of 4 or 16 bytes, and its length.
static socklen_t internet_name(const uint8_t *address, int length, uint16_t port,
                               union socket_name *name) {
  memset(name, 0, sizeof *name);
  if (length == sizeof name->internet6.sin6_addr) {
    name->internet6.sin6_family = AF_INET6;
    name->internet6.sin6_port = htons(port);
    memcpy(&name->internet6.sin6_addr, address, length);
    return sizeof name->internet6;
  }
  name->internet.sin_family = AF_INET;
  name->internet.sin_port = htons(port);
  memcpy(&name->internet.sin_addr, address, sizeof name->internet.sin_addr);
  return sizeof name->internet;
}

int clinux_bind_internet(int fd, const uint8_t *address, int length, uint16_t port) {
  union socket_name local;
  socklen_t size = internet_name(address, length, port, &local);
  return result(bind(fd, &local.any, size));
}

int clinux_connect_internet(int fd, const uint8_t *address, int length, uint16_t port) {
  union socket_name peer;
  socklen_t size = internet_name(address, length, port, &peer);
  return result(connect(fd, &peer.any, size));
}

int clinux_send_raw(int fd, const uint8_t *address, int length, const void *packet, int size) {
  union socket_name peer;
  socklen_t name_size = internet_name(address, length, 0, &peer);
  return result(sendto(fd, packet, size, 0, &peer.any, name_size));
}

// 0 of a name that has none.
static uint16_t internet_port(const union socket_name *name) {
  switch (name->any.sa_family) {
    case AF_INET: return ntohs(name->internet.sin_port);
    case AF_INET6: return ntohs(name->internet6.sin6_port);
    default: return 0;
  }
}

int clinux_local_port(int fd) {
  union socket_name local;
  socklen_t length = sizeof local;
  if (getsockname(fd, &local.any, &length) < 0) return -errno;
  return internet_port(&local);
}

int clinux_socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
  return -error;
}

uint32_t clinux_tcp_retransmits(int fd) {
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0 ? 0 : info.tcpi_total_retrans;
}

union control {
  struct cmsghdr align;
  char room[CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(int))];
};

struct clinux_batch {
  int capacity;
  uint8_t *room;
  struct clinux_packet *packets;
  struct mmsghdr *messages;
  struct iovec *vectors;
  union socket_name *names;
  union control *controls;
};

// Whoever has no memory ends, as by Swift's own allocator, but says so.
static void *room_for(size_t count, size_t size) {
  void *room = calloc(count, size);
  if (room) return room;
  static const char words[] = "vipjuggler: no memory is left\n";
  ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
  (void)written;
  _exit(1);
}

struct clinux_batch *clinux_batch_create(int capacity) {
  struct clinux_batch *batch = room_for(1, sizeof *batch);
  batch->capacity = capacity;
  batch->room = room_for(capacity, CLINUX_PACKET_ROOM);
  batch->packets = room_for(capacity, sizeof *batch->packets);
  batch->messages = room_for(capacity, sizeof *batch->messages);
  batch->vectors = room_for(capacity, sizeof *batch->vectors);
  batch->names = room_for(capacity, sizeof *batch->names);
  batch->controls = room_for(capacity, sizeof *batch->controls);
  for (int i = 0; i < capacity; i++) {
    batch->packets[i].bytes = batch->room + i * CLINUX_PACKET_ROOM;
    batch->vectors[i].iov_base = batch->packets[i].bytes;
    batch->messages[i].msg_hdr.msg_iov = &batch->vectors[i];
    batch->messages[i].msg_hdr.msg_iovlen = 1;
    batch->messages[i].msg_hdr.msg_name = &batch->names[i];
    batch->messages[i].msg_hdr.msg_control = &batch->controls[i];
  }
  return batch;
}

void clinux_batch_free(struct clinux_batch *batch) {
  free(batch->room);
  free(batch->packets);
  free(batch->messages);
  free(batch->vectors);
  free(batch->names);
  free(batch->controls);
  free(batch);
}

struct clinux_packet *clinux_batch_packet(struct clinux_batch *batch, int index) {
  return &batch->packets[index];
}

static void read_control(struct msghdr *message, struct clinux_packet *packet) {
  packet->received_ns = 0;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS) {
      struct timespec stamp;
      memcpy(&stamp, CMSG_DATA(c), sizeof stamp);
      packet->received_ns = stamp.tv_sec * 1000000000ll + stamp.tv_nsec;
    } else if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL) ||
               (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)) {
      int ttl;
      memcpy(&ttl, CMSG_DATA(c), sizeof ttl);
      packet->time_to_live = ttl;
    }
  }
}

int clinux_batch_receive(struct clinux_batch *batch, int fd) {
  for (int i = 0; i < batch->capacity; i++) {
    batch->vectors[i].iov_len = CLINUX_PACKET_ROOM;
    batch->messages[i].msg_hdr.msg_namelen = sizeof batch->names[i];
    batch->messages[i].msg_hdr.msg_controllen = sizeof batch->controls[i];
  }
  int count = recvmmsg(fd, batch->messages, batch->capacity, MSG_DONTWAIT | MSG_TRUNC, NULL);
  if (count < 0) return -errno;
  for (int i = 0; i < count; i++) {
    struct clinux_packet *packet = &batch->packets[i];
    packet->length = batch->messages[i].msg_len;
    packet->source_port = internet_port(&batch->names[i]);
    read_control(&batch->messages[i].msg_hdr, packet);
  }
  return count;
}

int clinux_batch_send(struct clinux_batch *batch, int fd, int first, int end) {
  for (int i = first; i < end; i++) {
    uint32_t length = batch->packets[i].length;
    batch->vectors[i].iov_len = length < CLINUX_PACKET_ROOM ? length : CLINUX_PACKET_ROOM;
    batch->messages[i].msg_hdr.msg_controllen = 0;
  }
  return result(sendmmsg(fd, batch->messages + first, end - first, MSG_DONTWAIT));
}

static void give(const int *descriptors, int count) {
  int high[CLINUX_MOST_GIVEN];
  if (count > CLINUX_MOST_GIVEN) _exit(127);
  for (int i = 0; i < count; i++) {
    // Out of the way of the numbers they are to get.
    high[i] = fcntl(descriptors[i], F_DUPFD, count);
    if (high[i] < 0) _exit(127);
  }
  for (int i = 0; i < count; i++) {
    if (dup2(high[i], i) < 0) _exit(127);
  }
  close_range(count, ~0U, 0);
}

static void become(const char *path, char *const *arguments, char *const *environment,
                   const int *descriptors, int count, int blocked) {
  give(descriptors, count);
  sigset_t signals;
  sigemptyset(&signals);
  if (blocked > 0) sigaddset(&signals, blocked);
  sigprocmask(SIG_SETMASK, &signals, NULL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setsid();
  if (isatty(0)) ioctl(0, TIOCSCTTY, 0);
  execve(path, arguments, environment);
  _exit(127);
}

// Whether a process has yet to die: one that has only waits to be asked for its exit code.
static int is_alive(const char *process) {
  char path[64], line[512];
  snprintf(path, sizeof path, "/proc/%s/stat", process);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, line, sizeof line - 1);
  close(file);
  if (length <= 0) return 0;
  line[length] = 0;
  const char *state = strrchr(line, ')');
  return state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';
}

// Ends what a program that is dead itself started, whatever process groups of its session that is in.
// One look may miss who was started meanwhile: the last one finds nobody.
static void kill_session(pid_t session) {
  for (int look = 0, found = 1; found && look < 1000; look++) {
    found = 0;
    DIR *processes = opendir("/proc");
    if (!processes) return;
    for (struct dirent *entry; (entry = readdir(processes));) {
      pid_t process = atoi(entry->d_name);
      if (process <= 0 || getsid(process) != session || !is_alive(entry->d_name)) continue;
      kill(process, SIGKILL);
      found = 1;
    }
    closedir(processes);
    if (found) poll(NULL, 0, 2);
  }
}

static _Noreturn void watch(pid_t program, const sigset_t *signals) {
  int status;
  for (;;) {
    int number = sigwaitinfo(signals, NULL);
    if (number == CLINUX_END) break;
    // A terminal tells all that are in its foreground; one that has just been started is in none yet.
    int is_of_terminal = number == SIGINT || number == SIGQUIT;
    if (number != SIGCHLD && !(is_of_terminal && kill(-program, number) == 0)) kill(program, number);
    if (waitpid(program, &status, WNOHANG) == program) {
      kill_session(program);
      _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    }
  }
  kill(program, SIGKILL);
  waitpid(program, &status, 0);
  kill_session(program);
  _exit(128 + SIGKILL);
}

int clinux_spawn(const char *path, char *const *arguments, char *const *environment,
                 const int *descriptors, int count, int blocked, int *program) {
  int told[2];
  if (pipe2(told, O_CLOEXEC) < 0) return -errno;
  sigset_t signals = passed_signals(), before;
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, CLINUX_END);
  pid_t caller = getpid();
  sigprocmask(SIG_BLOCK, &signals, &before);
  pid_t watcher = fork();
  if (watcher != 0) {
    int error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(told[1]);
    pid_t number = 0;
    if (watcher > 0 && read(told[0], &number, sizeof number) < (ssize_t)sizeof number) number = 0;
    close(told[0]);
    *program = number;
    return watcher < 0 ? -error : watcher;
  }
  prctl(PR_SET_PDEATHSIG, CLINUX_END);
  if (getppid() != caller) _exit(127);
  setsid();
  pid_t number = fork();
  if (number < 0) _exit(127);
  if (number == 0) become(path, arguments, environment, descriptors, count, blocked);
  if (write(told[1], &number, sizeof number) < 0) _exit(127);
  close_range(0, ~0U, 0);
  watch(number, &signals);
}

int clinux_run(const char *path, char *const *arguments, char *const *environment, int input,
               int output, int *process) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    const int descriptors[] = {input, output, output};
    give(descriptors, 3);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    execve(path, arguments, environment);
    _exit(127);
  }
  *process = child;
  int handle = syscall(SYS_pidfd_open, child, 0);
  if (handle >= 0) return handle;
  int error = errno;
  kill(child, SIGKILL);
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  return -error;
}

int clinux_detach(const char *path, char *const *arguments, char *const *environment,
                  const int *descriptors, int count) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child > 0) {
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    return status == 0 ? 0 : -EAGAIN;
  }
  setsid();
  pid_t program = fork();
  if (program != 0) _exit(program < 0);
  static const int deaf[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};
  for (size_t i = 0; i < sizeof deaf / sizeof *deaf; i++) signal(deaf[i], SIG_IGN);
  signal(SIGXFSZ, SIG_DFL);
  give(descriptors, count);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (chdir("/") == 0) execve(path, arguments, environment);
  _exit(127);
}

int clinux_mount(const char *target, const char *type, const char *options, int is_read_only) {
  unsigned long flags = MS_NOSUID | (is_read_only ? MS_RDONLY : 0);
  if (mount("none", target, type, flags, options) < 0 && errno != EBUSY) return -errno;
  return 0;
}

int clinux_ignore_set_user_id(void) {
  return result(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL));
}

int clinux_take_host_name(const char *name) {
  if (unshare(CLONE_NEWUTS) < 0) return -errno;
  return result(sethostname(name, strlen(name)));
}

int clinux_own_mounts(void) {
  if (unshare(CLONE_NEWNS) < 0) return -errno;
  return result(mount("none", "/", NULL, MS_SLAVE | MS_REC, NULL));
}

int clinux_mount_own_sysfs(void) {
  return result(mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL));
}

int clinux_cover_file(const char *path, const char *text) {
  char file[] = "/tmp/.vipjuggler-XXXXXX";
  int descriptor = mkostemp(file, O_CLOEXEC);
  if (descriptor < 0) return -errno;
  size_t length = strlen(text);
  int code = fchmod(descriptor, 0644) < 0 ? -errno : 0;
  if (code == 0 && write(descriptor, text, length) != (ssize_t)length) code = -EIO;
  if (code == 0) code = result(mount(file, path, NULL, MS_BIND, NULL));
  unlink(file);
  close(descriptor);
  return code;
}

int clinux_make_raw(int terminal) {
  struct termios settings;
  if (tcgetattr(terminal, &settings) < 0) return -errno;
  cfmakeraw(&settings);
  return result(tcsetattr(terminal, TCSANOW, &settings));
}

int clinux_terminal_size(int terminal, uint16_t *rows, uint16_t *columns) {
  struct winsize size;
  if (ioctl(terminal, TIOCGWINSZ, &size) < 0) return -errno;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return 0;
}

int clinux_set_terminal_size(int terminal, uint16_t rows, uint16_t columns) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  return result(ioctl(terminal, TIOCSWINSZ, &size));
}

int clinux_open_terminal(int *line) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0) return -errno;
  char name[64];
  if (grantpt(master) == 0 && unlockpt(master) == 0 && ptsname_r(master, name, sizeof name) == 0) {
    *line = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (*line >= 0) return master;
  }
  int error = -errno;
  close(master);
  return error;
}

int clinux_drain(int terminal) { return result(tcdrain(terminal)); }

static int abstract_address(const char *name, struct sockaddr_un *address) {
  size_t length = strlen(name);
  if (length > sizeof address->sun_path - 1) return -ENAMETOOLONG;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path + 1, name, length);
  return offsetof(struct sockaddr_un, sun_path) + 1 + length;
}

int clinux_listen_abstract(const char *name) {
  struct sockaddr_un address;
  int length = abstract_address(name, &address);
  if (length < 0) return length;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 8) < 0) {
    int error = -errno;
    close(fd);
    return error;
  }
  return fd;
}

int clinux_send_timeout(int fd, int milliseconds) {
  struct timeval span = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  return result(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &span, sizeof span));
}

int clinux_connect_abstract(const char *name, int milliseconds) {
  struct sockaddr_un address;
  int length = abstract_address(name, &address);
  if (length < 0) return length;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (clinux_send_timeout(fd, milliseconds) < 0 ||
      connect(fd, (struct sockaddr *)&address, length) < 0 || clinux_send_timeout(fd, 0) < 0) {
    int error = errno == EAGAIN ? -ETIMEDOUT : -errno;
    close(fd);
    return error;
  }
  return fd;
}

int clinux_accept(int fd) { return result(accept4(fd, NULL, NULL, SOCK_CLOEXEC)); }

int clinux_peer(int fd, uint32_t *user, int32_t *process) {
  struct ucred peer;
  socklen_t length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) return -errno;
  *user = peer.uid;
  *process = peer.pid;
  return 0;
}

int clinux_send_descriptors(int fd, const int *descriptors, int count) {
  char byte = 0;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  char control[CMSG_SPACE(sizeof(int) * CLINUX_MOST_DESCRIPTORS)] = {0};
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
      .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
  if (count > CLINUX_MOST_DESCRIPTORS) return -EINVAL;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * count);
  memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
  return result(sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -1 : 0);
}

int clinux_receive_descriptors(int fd, int *descriptors) {
  char byte;
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  char control[CMSG_SPACE(sizeof(int) * CLINUX_MOST_DESCRIPTORS)];
  struct msghdr message = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
      .msg_controllen = sizeof control};
  if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) < 0) return -errno;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return 0;
  int count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  memcpy(descriptors, CMSG_DATA(header), sizeof(int) * count);
  return count;
}

int clinux_read_ack(const struct nlmsghdr *header, struct clinux_ack *ack) {
  // The end of a dump carries its error alone.
  int is_done = header->nlmsg_type == NLMSG_DONE;
  if (!is_done && header->nlmsg_type != NLMSG_ERROR) return -EPROTO;
  size_t offset = NLMSG_LENGTH(is_done ? sizeof(int) : sizeof(struct nlmsgerr));
  if (header->nlmsg_len < offset) return -EPROTO;
  const struct nlmsgerr *message = NLMSG_DATA(header);
  *ack = (struct clinux_ack){.error = message->error};
  if (!(header->nlmsg_flags & NLM_F_ACK_TLVS)) return 0;
  if (!is_done && !(header->nlmsg_flags & NLM_F_CAPPED))
    offset += NLMSG_ALIGN(message->msg.nlmsg_len) - NLMSG_HDRLEN;
  while (offset + NLA_HDRLEN <= header->nlmsg_len) {
    const struct nlattr *attribute = (const void *)((const char *)header + offset);
    if (attribute->nla_len < NLA_HDRLEN || offset + attribute->nla_len > header->nlmsg_len) break;
    const char *end = (const char *)attribute + attribute->nla_len;
    if ((attribute->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG &&
        attribute->nla_len > NLA_HDRLEN && end[-1] == 0)
      ack->text = (const char *)attribute + NLA_HDRLEN;
    offset += NLA_ALIGN(attribute->nla_len);
  }
  return 0;
}
