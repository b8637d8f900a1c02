package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/boot/tools/newc"
)

func main() {
	out := flag.String("o", "build/initrd.cpio", "archive `file` to write")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "initrd: the arguments are archives")
		os.Exit(2)
	}
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "initrd:", err)
		os.Exit(1)
	}
}

func run(out string, paths []string) error {
	var archives [][]byte
	for _, p := range paths {
		a, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		archives = append(archives, a)
	}
	archive, err := merge(archives...)
	if err != nil {
		return err
	}
	return os.WriteFile(out, archive, 0o644)
}

// etc are files that commands look for.
var etc = []cpio.Record{
	cpio.Directory("etc", 0o755),
	cpio.StaticFile("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644),
	cpio.StaticFile("etc/group", "root:x:0:\n", 0o644),
	cpio.StaticFile("etc/hostname", "atoll\n", 0o644),
	cpio.StaticFile("etc/hosts", "127.0.0.1 localhost\n127.0.1.1 atoll\n", 0o644),
	cpio.StaticFile("etc/motd", "Atoll: each core runs a kernel of its own, and this is a shell on one of them.\n", 0o644),
}

// merge makes an archive of several, sorted by paths: of two files with one path the first
// counts.
func merge(archives ...[]byte) ([]byte, error) {
	records := slices.Clone(etc)
	for _, a := range archives {
		list, err := newc.Records(a)
		if err != nil {
			return nil, err
		}
		records = append(records, list...)
	}
	slices.SortStableFunc(records, func(a, b cpio.Record) int { return strings.Compare(a.Name, b.Name) })
	records = slices.CompactFunc(records, func(a, b cpio.Record) bool { return a.Name == b.Name })
	for i, r := range records {
		records[i] = cpio.MakeReproducible(r)
		records[i].Ino = uint64(i + 1)
	}
	return newc.Pack(records)
}
