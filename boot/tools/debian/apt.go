package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// The release, the first that has riscv64, and the keys that sign it.
const (
	suite   = "trixie"
	keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
)

// patience bounds a call of apt, which has bounds of its own for a server that is silent.
const patience = 15 * time.Minute

// apt is apt with state of its own.
type apt struct{ dir string }

// newApt makes the state in a folder.
func newApt(dir, archive string) (apt, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return apt{}, err
	}
	for _, d := range []string{"lists/partial", "archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return apt{}, err
		}
	}
	source := fmt.Sprintf("deb [arch=riscv64 signed-by=%s] %s %s main\n", keyring, archive, suite)
	return apt{dir}, errors.Join(
		os.WriteFile(filepath.Join(dir, "status"), nil, 0o644),
		os.WriteFile(filepath.Join(dir, "sources.list"), []byte(source), 0o644))
}

// options are those of every call (apt.conf(5)); the rest is the host's configuration.
func (a apt) options() (list []string) {
	for _, o := range []string{
		"Dir::Etc::sourcelist=" + a.dir + "/sources.list", "Dir::Etc::sourceparts=-", "Dir::State=" + a.dir,
		"Dir::State::status=" + a.dir + "/status", "Dir::Cache=" + a.dir,
		"APT::Architecture=riscv64", "APT::Architectures=riscv64", "APT::Update::Error-Mode=any",
		"Acquire::Languages=none", "Acquire::Retries=1", "Acquire::http::Timeout=20", "Acquire::https::Timeout=20",
	} {
		list = append(list, "-o", o)
	}
	return list
}

// run calls a program of apt's there and returns what it prints.
func (a apt) run(program string, args ...string) (string, error) {
	return call(a.dir, program, append(a.options(), args...)...)
}

// newest returns the newest entry of a package, and its text.
func (a apt) newest(name string) (e entry, text string, err error) {
	if text, err = a.run("apt-cache", "show", "--no-all-versions", name); err == nil {
		e, err = parseEntry(text)
	}
	return e, text, err
}

// download gets the package of an entry and puts it at a path.
func (a apt) download(e entry, path string) error {
	dir, err := os.MkdirTemp(a.dir, "download")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if _, err := call(dir, "apt-get", append(a.options(), "download", e.Name+"="+e.Version)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("apt-get download left %d packages", len(files))
	}
	if err := e.check(files[0]); err != nil {
		return err
	}
	return os.Rename(files[0], path)
}

// call runs a program in a folder. The error is one line: the first complaint.
func call(dir, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%s: %w%s", program, err, complaint(complaints.String()))
	}
	return out.String(), err
}

// complaint is the first error among the lines that apt prints, to stand behind others.
func complaint(text string) string {
	for line := range strings.Lines(text) {
		if message, ok := strings.CutPrefix(line, "E: "); ok {
			return ": " + strings.TrimSpace(message)
		}
	}
	return ""
}

// hostArchive is the address of the archive that this host has Debian's packages from.
func hostArchive() (string, error) {
	out, err := call("", "apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages")
	if err != nil {
		return "", err
	}
	return archiveOf(out)
}

// archiveOf takes the first of Debian's own from apt's list.
func archiveOf(targets string) (string, error) {
	for line := range strings.Lines(targets) {
		if uri, ok := strings.CutPrefix(line, "Debian|Debian|"); ok {
			return strings.TrimSpace(uri), nil
		}
	}
	return "", errors.New("apt knows no archive of Debian's; if it is configured, apt-get update makes it known")
}
