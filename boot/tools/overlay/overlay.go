package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// macro goes in front of each file. JALR with X5 as the link register, because
// the linker relocates a direct JAL only for RA, and RA is live in functions
// without a frame.
const macro = "#define ECALL MOV $atollEcall(SB), X5; JALR X5, X5\n"

// sources are the files of the standard library with an ECALL for linux/riscv64,
// below $GOROOT/src.
var sources = []string{
	"runtime/sys_linux_riscv64.s",
	"internal/runtime/syscall/linux/asm_linux_riscv64.s",
	"syscall/asm_linux_riscv64.s",
}

// generate writes the overlaid files and the JSON file name into directory out.
// src is $GOROOT/src; both are absolute.
func generate(src, out, name string, add []string) error {
	if err := os.MkdirAll(filepath.Join(out, "overlay"), 0o777); err != nil {
		return err
	}
	replace := map[string]string{}
	for _, s := range sources {
		from := filepath.Join(src, filepath.FromSlash(s))
		text, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("this Go installation lacks a file that the kernel's overlay needs: %w", err)
		}
		if err := checkForm(s, string(text)); err != nil {
			return err
		}
		to := filepath.Join(out, "overlay", strings.ReplaceAll(s, "/", "_"))
		if err := writeChanged(to, append([]byte(macro), text...)); err != nil {
			return err
		}
		replace[from] = to
	}
	if err := addEntries(replace, src, add); err != nil {
		return err
	}
	b, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		return err
	}
	return writeChanged(filepath.Join(out, name), append(b, '\n'))
}

// addEntries adds the entries of -add: path=file, path absolute or below src.
func addEntries(replace map[string]string, src string, add []string) error {
	for _, a := range add {
		path, file, ok := strings.Cut(a, "=")
		if !ok || path == "" || file == "" {
			return fmt.Errorf("-add %q is not of the form path=file", a)
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(src, filepath.FromSlash(path))
		}
		file, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("-add %q: %w", a, err)
		}
		if _, ok := replace[path]; ok {
			return fmt.Errorf("-add %q: %s is in the overlay already", a, path)
		}
		replace[path] = file
	}
	return nil
}

// writeChanged writes the file unless it holds these bytes already.
func writeChanged(path string, b []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b) {
		return nil
	}
	return os.WriteFile(path, b, 0o666)
}
