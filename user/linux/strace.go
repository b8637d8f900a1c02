package linux

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// Tracing tells each call of the processes when it has ended, with its arguments and its
// result, and each signal that a handler gets; as strace does on Linux.

// Trace has lines, each with its end, told: of all calls, or of those that a list separated by commas
// chooses by the beginnings of their names, and by the ids of threads. It is called before Begin.
func (s *System) Trace(tell func(line []byte), which string) (err error) {
	s.trace = tell
	s.traced, err = tracedOf(which)
	return err
}

// chosen is what is traced.
type chosen struct {
	calls map[uint64]bool // by their numbers; nil: all
	ids   map[uint64]bool // of threads; nil: all
}

// has reports whether a thread's call is traced.
func (c *chosen) has(id, call uint64) bool {
	return (c.calls == nil || c.calls[call]) && (c.ids == nil || c.ids[id])
}

// tracedOf reads a list. It fails with a sentence.
func tracedOf(which string) (c chosen, err error) {
	for word := range strings.SplitSeq(which, ",") {
		if which == "" {
			break
		}
		if id, err := strconv.ParseUint(word, 10, 32); err == nil {
			if c.ids == nil {
				c.ids = map[uint64]bool{}
			}
			c.ids[id] = true
			continue
		}
		if c.calls == nil {
			c.calls = map[uint64]bool{}
		}
		before := len(c.calls)
		for n := range calls {
			if calls[n].name != "" && word != "" && strings.HasPrefix(calls[n].name, word) {
				c.calls[uint64(n)] = true
			}
		}
		if len(c.calls) == before {
			return c, fmt.Errorf("no name of a call begins with %.40q that has not been named", word)
		}
	}
	return c, nil
}

// signatures say how arguments are shown, a letter each: d a number, x one in hexadecimal,
// p an address, s a string, b as many bytes as the next argument says. Those of calls that
// are not here are addresses.
var signatures = map[string]string{
	"getcwd": "pd", "eventfd2": "dx", "epoll_create1": "x", "epoll_ctl": "dddp", "epoll_pwait": "dpddp", "dup": "d",
	"dup3": "ddx", "fcntl": "ddx", "ioctl": "dxp", "flock": "dx", "mkdirat": "dsx", "unlinkat": "dsx", "symlinkat": "sds",
	"linkat": "dsdsx", "statfs": "sp", "truncate": "sd", "ftruncate": "dd", "faccessat": "dsx", "chdir": "s", "fchdir": "d",
	"chroot": "s", "fchmod": "dx", "fchmodat": "dsx", "fchownat": "dsddx", "openat": "dsxx", "close": "d", "pipe2": "px",
	"getdents64": "dpd", "lseek": "ddd", "read": "dpd", "write": "dbd", "readv": "dpd", "writev": "dpd", "pread64": "dpdd",
	"pwrite64": "dbdd", "readlinkat": "dspd", "newfstatat": "dspx", "fstat": "dp", "utimensat": "dspx", "exit": "d",
	"exit_group": "d", "waitid": "ddpxp", "set_tid_address": "p", "futex": "pxxppx", "nanosleep": "pp", "setitimer": "dpp",
	"clock_gettime": "dp", "clock_nanosleep": "dxpp", "sched_getaffinity": "ddp", "sched_yield": "", "kill": "dd", "tkill": "dd",
	"tgkill": "ddd", "sigaltstack": "pp", "rt_sigsuspend": "pd", "rt_sigaction": "dppd", "rt_sigprocmask": "dppd",
	"rt_sigreturn": "", "setpgid": "dd", "getpgid": "d", "getsid": "d", "setsid": "", "uname": "p", "umask": "x", "prctl": "dx",
	"getpid": "", "getppid": "", "getuid": "", "geteuid": "", "getgid": "", "getegid": "", "gettid": "", "brk": "p", "munmap": "px",
	"mremap": "pxxxp", "clone": "xpppp", "execve": "spp", "mmap": "pxxxdx", "mprotect": "pxx", "madvise": "pxd", "wait4": "dpxp",
	"prlimit64": "ddpp", "renameat2": "dsdsx", "getrandom": "pdx", "statx": "dsxxp", "faccessat2": "dsxx",
}

// mostShown bounds the bytes of a string that are shown.
const mostShown = 48

// traceCall notes a call that begins, if somebody traces. One that is made again is noted once.
func (t *thread) traceCall() {
	if t.p.sys.trace != nil && t.traced == "" && t.p.sys.traced.has(t.id, t.X[regA7]) {
		t.noteCall()
	}
}

func (t *thread) noteCall() {
	name, form := t.callName()
	var list []string
	for i := range min(len(form), numArgs) {
		list = append(list, t.shown(form[i], i))
	}
	t.traced = name + "(" + strings.Join(list, ", ") + ")"
}

// numArgs is how many arguments a call has at most.
const numArgs = 6

// callName returns the name of the call under way, and how its arguments are shown.
func (t *thread) callName() (name, form string) {
	n := t.X[regA7]
	if n >= uint64(len(calls)) || calls[n].name == "" {
		return "call_" + strconv.FormatUint(n, 10), "pppppp"
	}
	name = calls[n].name
	form, ok := signatures[name]
	if !ok {
		form = "ppp"
	}
	return name, form
}

// shown is an argument as it is shown.
func (t *thread) shown(form byte, i int) string {
	v := t.X[regA0+i]
	switch {
	case form == 'd':
		return strconv.Itoa(int(int32(v)))
	case form == 's':
		s, e := t.p.loadString(v, mostShown)
		switch e {
		case 0:
			return strconv.Quote(s)
		case nameTooLong:
			return strconv.Quote(s) + "..."
		}
	case form == 'b' && i+1 < numArgs:
		b := make([]byte, min(t.X[regA0+i+1], mostShown))
		if n, _ := t.p.read(v, b); n == len(b) {
			s := strconv.Quote(string(b))
			if t.X[regA0+i+1] > mostShown {
				s += "..."
			}
			return s
		}
	}
	return "0x" + strconv.FormatUint(v, 16)
}

// traceResult tells a call that has ended.
func (t *thread) traceResult() {
	if t.traced != "" {
		t.tellResult()
	}
}

func (t *thread) tellResult() {
	result := "?"
	if !t.gone {
		result = strconv.Itoa(int(t.X[regA0]))
		if v := int64(t.X[regA0]); v < 0 && v > -4096 {
			result = fmt.Sprintf("%d (%v)", v, syscall.Errno(-v))
		} else if v > 1<<20 || v < 0 {
			result = fmt.Sprintf("%#x", uint64(v))
		}
	}
	text := t.traced
	t.traced = ""
	t.tellTrace(text + " = " + result)
}

// traceSignal tells a signal that a handler gets, unless some calls only are traced.
func (t *thread) traceSignal(i siginfo) {
	if s := t.p.sys; s.trace != nil && s.traced.calls == nil && s.traced.has(t.id, 0) {
		t.tellTrace(fmt.Sprintf("--- signal %d (%v), from %d ---", i.sig, syscall.Signal(i.sig), i.from))
	}
}

func (t *thread) tellTrace(text string) {
	t.p.sys.trace(fmt.Appendf(nil, "[%d] %s\n", t.id, text))
}
