package main

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mvdan.cc/sh/v3/interp"
)

// TestMain has this binary be the shell, for the tests that run one.
func TestMain(m *testing.M) {
	if os.Getenv("BE_THE_SHELL") != "" {
		main()
	}
	os.Exit(m.Run())
}

// Scripts of what the jobs do without a terminal, and what they say.
// Sabotages: in standIn, do nothing; in run, cancel at the end; in watch, ask for who is stopped in any case; in capture, do not wait for what is taken; in copied, give the files themselves; in owner, return nil;
// in textAnew, return the commands; in beside, leave the input; in ended, note nothing; in finish, take the status in any case; in wait, take no job; let begin's
// ENOEXEC be an error.
func TestScripts(t *testing.T) {
	t.Setenv("BE_THE_SHELL", "1")
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/script", []byte("echo in a script $1\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/long", bytes.Repeat([]byte("x"), 300000), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/beside", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1", "2", "3"} {
		if err := os.WriteFile(dir+"/"+name, []byte(name+"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args      []string
		in        string
		out, errs string
		status    int
	}{
		{args: []string{"-c", "echo $0 $1", "name", "one"}, out: "name one\n"},
		{args: []string{"-ec", "false; echo no"}, status: 1},
		{args: []string{dir + "/script", "two"}, out: "in a script two\n"},
		{in: "echo a\nexit 3\necho b\n", out: "a\n", status: 3},
		{in: "echo a\nif\n", out: "a\n", errs: "sh: 2:1:", status: 2},
		{in: "trap 'echo bye' EXIT\necho a\n", out: "a\nbye\n"},
		{in: "sleep 100 & kill $!; wait $!; echo $?", out: "143\n"},
		{in: "sleep 100 & kill -9 %1; wait %1; echo $?", out: "137\n"},
		{in: "sh -c 'exit 4' & wait $!; echo $?", out: "4\n"},
		{in: "while true; do sleep 0.01; done & kill $!; wait; echo over", out: "over\n"},
		{in: "(sleep 0.1; echo late) & wait; echo waited", out: "late\nwaited\n"},
		{in: "for i in 1 2 3 4 5 6; do { sleep 0.1; echo $i >> " + dir + "/beside; } & done; until [ $(wc -l < " + dir + "/beside) = 6 ]; do sleep 0.1; done; echo all",
			out: "all\n"},
		{in: "for i in 3 1 2; do { sleep 0.$i; cat " + dir + "/$i; } & done | sort", out: "1\n2\n3\n"},
		{in: "for i in 3 1 2; do cat " + dir + "/$i & done | sort -r | cat", out: "3\n2\n1\n"},
		{in: "for i in 1 2; do cat & done < " + dir + "/1; cat & wait; echo nothing is read", out: "nothing is read\n"},
		{in: "cd " + dir + "; echo 'sleep 0.1 & wait; echo $0 $1; return 4' > s; . ./s one two; echo $?; . s; . " + dir + "/none || echo none", out: "sh one\n4\nsh\nnone\n", errs: "none: no such file"},
		{in: "x=$(for i in 2 1; do { sleep 0.$i; echo $i; } & done); echo $x", out: "1 2\n"},
		{in: "f() { { sleep 0.1; echo f; } & }; x=$(f; exit 3); echo $? $x", out: "3 f\n"},
		{in: "eval 'for i in 2 1; do { sleep 0.$i; echo $i; } & done' | cat", out: "1\n2\n"},
		{in: "for i in 1 2 3; do echo $i >&- & done; wait; { echo e >&2 & } 2>&1 | cat", out: "e\n"},
		{in: "for i in 1 2 3; do { sleep 0.$i; echo $i; } & done; wait; echo all", out: "1\n2\n3\nall\n"},
		{in: "f() { for i in 1 2; do sleep 0.$i & done; wait; echo f; }; f; f & wait; echo all", out: "f\nf\nall\n"},
		{in: "{ sleep 0.1 & wait; echo inner; } & wait; echo outer", out: "inner\nouter\n"},
		{in: "for i in 1; do { { sleep 0.1; echo in; } & wait; echo out; } & wait; echo over; done", out: "in\nout\nover\n"},
		{in: "for i in 3 4 5; do (sleep 0.1; exit $i) & all=\"$all $!\"; done; for j in $all; do wait $j; echo $?; done", out: "3\n4\n5\n"},
		{in: "for i in 1 2; do while :; do sleep 0.01; done & sleep 100 & done; kill %1 %2 %3 %4; wait; wait %3 || echo forgotten", out: "forgotten\n", errs: "%3: there is no such job"},
		{in: "set -e; for i in 1; do false & wait $! || echo $?; x=$(echo a; false); echo no; done", out: "1\n", status: 1},
		{in: "eval 'sleep 0.1 &' && eval 'kill $!; wait $!'; echo $?", out: "143\n"},
		{in: "i=0; while [ $i -lt 300 ]; do true & i=$((i+1)); done; wait; echo $i", out: "300\n"},
		{in: "{ sleep 0.2; kill -CONT %2; } & sh -c 'kill -STOP $$; echo on' & wait %2; echo $?", out: "on\n0\n"},
		{in: "while true; do echo y; done | head -n 1; while :; do printf '%s' yy; done | head -c 2; echo; echo over", out: "y\nyy\nover\n"},
		{in: "echo() { printf '<%s>' \"$@\"; }; echo a b; kill() { echo no; }; kill 1; unset -f kill; builtin echo c", out: "<a><b><no>c\n"},
		{in: "for i in 1; do nothing-of-this-name & done; wait; echo still", out: "still\n", errs: "nothing-of-this-name"},
		{in: "x=$(sh -c 'echo a; echo b >&2' 2>&1); echo $x", out: "a b\n"},
		{in: "x=$(cat " + dir + "/long); echo ${#x}", out: "300000\n"},
		{in: "echo a | cat | tr a b", out: "b\n"},
		{in: "cat <<E\ntext\nE", out: "text\n"},
		{in: "sh -c 'kill -TERM $$'; echo $?", out: "143\n"},
		{in: "nothing-of-this-name; echo $?", out: "127\n", errs: "nothing-of-this-name"},
		{in: dir + "/1; echo $?", out: "126\n", errs: dir + "/1: permission denied\n"},
		{in: "cd " + dir + "; ./none; echo $?", out: "127\n", errs: "./none: no such file or directory\n"},
		{in: dir + "; echo $?", out: "126\n", errs: dir + ": is a directory\n"},
		{in: dir + "/script of none", out: "in a script of\n"},
		{in: "kill -NONE 1", errs: "there is no signal", status: 2},
		{in: "kill %3", errs: "%3: there is no such job", status: 1},
		{in: "fg", errs: "fg and bg need a shell with a terminal", status: 2},
		{args: []string{"-c"}, errs: "-c takes commands", status: 2},
		{args: []string{dir + "/none"}, errs: "no such file", status: 1},
	} {
		cmd := exec.Command("/proc/self/exe", c.args...)
		cmd.Env = append(os.Environ(), "PATH="+shellNamed(t, dir)+":"+os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0")
		cmd.Stdin = strings.NewReader(c.in)
		var out, errs strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &errs
		cmd.Run()
		if status := cmd.ProcessState.ExitCode(); out.String() != c.out || status != c.status || !strings.Contains(errs.String(), c.errs) || c.errs == "" && errs.Len() > 0 {
			t.Errorf("%q, %q: it says %q and %q, status %d", c.args, c.in, out.String(), errs.String(), status)
		}
	}
}

// A line of echo, and what printf says, is written once: a socket whose every message is one write has as many. Sabotage: in echo, write the end of the line by
// itself; in printf, write each part.
func TestWrites(t *testing.T) {
	t.Setenv("BE_THE_SHELL", "1")
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET, 0)
	if err != nil {
		t.Fatal(err)
	}
	read, write := os.NewFile(uintptr(ends[0]), "read"), os.NewFile(uintptr(ends[1]), "write")
	defer read.Close()
	cmd := exec.Command("/proc/self/exe", "-c", `echo a b c; echo -n a b; echo -e 'a\tb' c; printf '%s %d\n' a 1 b 2; for i in 1; do echo d e & done; wait; echo; printf '%d' x`)
	cmd.Env, cmd.Stdout = append(os.Environ(), "GORACE=atexit_sleep_ms=0"), write
	cmd.Run()
	write.Close()
	for _, want := range []string{"a b c\n", "a b", "a\tb c\n", "a 1\nb 2\n", "d e\n", "\n", "0"} {
		got := make([]byte, 100)
		if n, err := read.Read(got); string(got[:n]) != want || err != nil {
			t.Fatalf("it writes %q, %v; want %q", got[:n], err, want)
		}
	}
}

// shellNamed returns a folder in which this binary is called sh.
func shellNamed(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, dir+"/sh")
	}
	if err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	return dir
}

// Words mean jobs; the one that was stopped last is the current one. Sabotages: in current, do not look who is stopped; in
// find, take the first of two.
func TestFind(t *testing.T) {
	s := newJobs(nil)
	for i, text := range []string{"sleep 1", "cat a", "sleep 2"} {
		j := newJob(text)
		j.processes[i+1] = &process{pid: i + 1, stopped: i == 1}
		s.add(j)
	}
	for word, want := range map[string]int{"%": 2, "%%": 2, "%+": 2, "%-": 3, "%1": 1, "3": 3, "%cat": 2, "%sleep": 0, "%4": 0, "cat": 0, "%nothing": 0} {
		got := 0
		if j, err := s.find(word); err == nil {
			got = j.number
		}
		if got != want {
			t.Errorf("%s is job %d, want %d", word, got, want)
		}
	}
}

// Of what a loop begins each has copies of files but of the shell's own output: there may be hundreds. Sabotages: in copied, copy it; in Close of closing, close it.
func TestCopied(t *testing.T) {
	list, err := copied(interp.HandlerContext{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if list[0] == os.Stdin || list[1] != os.Stdout || list[2] != os.Stderr {
		t.Errorf("the copies of %v, %v and %v are %v", os.Stdin, os.Stdout, os.Stderr, list)
	}
	list[0].Close()
	(&closing{File: list[2]}).Close()
	if _, err := os.Stderr.Stat(); err != nil {
		t.Error(err)
	}
}

// A job that was told to go on does so for jobs and wait, before any news of it. Sabotage: in kill, do not look whether it is.
func TestContinued(t *testing.T) {
	cmd := exec.Command("sleep", "100")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	j, pid := newJob("sleep 100"), cmd.Process.Pid
	j.processes[pid] = &process{pid: pid, stopped: true}
	for _, c := range []struct {
		sig  syscall.Signal
		want string
	}{{syscall.SIGWINCH, "Stopped"}, {syscall.SIGCONT, "Running"}} {
		if err := j.kill(c.sig); err != nil || j.state() != c.want {
			t.Errorf("behind signal %v it is %s, %v; want %s", c.sig, j.state(), err, c.want)
		}
	}
}

// Of many jobs that have ended the last are remembered, and all that go on. Sabotage: in enlist, make no room.
func TestRemembered(t *testing.T) {
	s := newJobs(nil)
	for i := range 2 * remembered {
		j := newJob("true")
		j.busy = i == 0
		s.add(j)
	}
	if len(s.list) != remembered || s.list[0].number != 1 || s.list[1].number != remembered+2 {
		t.Errorf("%d are listed, from %d and %d on", len(s.list), s.list[0].number, s.list[1].number)
	}
}

// Sabotage: take -s for a signal.
func TestSignalOf(t *testing.T) {
	for _, c := range []struct {
		words string
		sig   syscall.Signal
		rest  string
	}{
		{"1", syscall.SIGTERM, "1"}, {"-9 1", syscall.SIGKILL, "1"}, {"-KILL -1", syscall.SIGKILL, "-1"}, {"-s stop %1", syscall.SIGSTOP, "%1"},
		{"-SIGHUP -- -2", syscall.SIGHUP, "-2"}, {"-- -2", syscall.SIGTERM, "-2"}, {"-0 1", 0, "1"},
	} {
		sig, rest, err := signalOf(strings.Fields(c.words))
		if sig != c.sig || !slices.Equal(rest, strings.Fields(c.rest)) || err != nil {
			t.Errorf("%s: %v, %q, %v", c.words, sig, rest, err)
		}
	}
}
