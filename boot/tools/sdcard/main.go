// Command sdcard makes the image of an SD card that starts the kernel on a board.
//
//	build/sdcard [flags]
//
// `make sdcard` calls it. Each flag's default comes from the environment variable of
// the same name in capitals, which is how the Makefile hands on its variables. -firmware
// is a list of name=file, separated by blanks, of what the board's boot needs and the
// project does not have.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"atoll/boot/tools/card"
	"atoll/boot/tools/qemurun"
	"atoll/dts/boards"
)

func main() {
	err := run(os.Args[1:], os.Getenv)
	var bad usage
	switch {
	case errors.As(err, &bad), errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(os.Stderr, "sdcard:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "sdcard:", err)
		os.Exit(1)
	}
}

// usage is an error in the arguments.
type usage struct{ error }

// settings are the command's arguments.
type settings struct {
	board, kernel, initrd, dtb, append, firmware, out string
}

// parse reads the arguments.
func parse(args []string, env func(string) string) (s settings, err error) {
	fs := flag.NewFlagSet("sdcard", flag.ContinueOnError)
	text := func(p *string, name, def, what string) {
		if v := env(strings.ToUpper(name)); v != "" {
			def = v
		}
		fs.StringVar(p, name, def, what)
	}
	text(&s.board, "board", "", "board: "+strings.Join(boards.BoardNames(), ", "))
	text(&s.initrd, "initrd", qemurun.Initrd(), "`file` to be the initial RAM disk")
	text(&s.dtb, "dtb", "", "flattened device tree `file` instead of the board's")
	text(&s.append, "append", "", "boot arguments")
	text(&s.firmware, "firmware", "", "firmware, `name=file` separated by blanks")
	fs.StringVar(&s.kernel, "kernel", "build/atoll.img", "kernel image `file`, plain or compressed by gzip")
	fs.StringVar(&s.out, "o", "", "`file` to write (build/sdcard-BOARD.img)")
	if err := fs.Parse(args); err != nil {
		return s, usage{err}
	}
	if fs.NArg() > 0 {
		return s, usage{fmt.Errorf("what is %q for? There are only flags", fs.Arg(0))}
	}
	if s.out == "" {
		s.out = filepath.Join("build", "sdcard-"+s.board+".img")
	}
	return s, nil
}

// run makes the card.
func run(args []string, env func(string) string) error {
	s, err := parse(args, env)
	if err != nil {
		return err
	}
	if s.board == "" {
		return usage{fmt.Errorf("BOARD= is not given; there are %s", strings.Join(boards.BoardNames(), ", "))}
	}
	c := card.Card{Append: s.append}
	if c.Board, err = boards.Find(s.board); err != nil {
		return usage{err}
	}
	if c.Firmware, err = firmware(c.Board, s.firmware); err != nil {
		return err
	}
	for _, f := range []struct {
		to   *[]byte
		path string
	}{{&c.Kernel, s.kernel}, {&c.Initrd, s.initrd}, {&c.Tree, s.dtb}} {
		if f.path == "" {
			continue
		}
		if *f.to, err = os.ReadFile(f.path); err != nil {
			return err
		}
	}
	if err := c.Write(s.out); err != nil {
		return err
	}
	fmt.Printf("%s: a card for %s. docs/boards.md says how to write it.\n", s.out, c.Board.Title)
	return nil
}

// firmware reads the files of a list of name=file, and those that stand where a
// distribution puts them.
func firmware(b *boards.Board, list string) (map[string][]byte, error) {
	m := map[string][]byte{}
	for _, f := range b.Firmware {
		for _, path := range f.Default {
			if data, err := os.ReadFile(path); err == nil {
				m[f.Name] = data
				break
			}
		}
	}
	for _, pair := range strings.Fields(list) {
		name, path, ok := strings.Cut(pair, "=")
		if !ok || path == "" {
			return nil, usage{fmt.Errorf("FIRMWARE: %q is not of the form name=file", pair)}
		}
		if b.FindFirmware(name) == nil {
			return nil, usage{fmt.Errorf("%s takes no firmware %q; %s", b.Name, name, b.FirmwareText())}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		m[name] = data
	}
	return m, nil
}
