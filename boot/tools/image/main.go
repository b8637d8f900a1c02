package main

import (
	"debug/elf"
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("o", "build/atoll.img", "image `file` to write")
	sym := flag.String("sym", "", "symbol `file` to write")
	gz := flag.String("gz", "", "compressed image `file` to write")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "image: the argument is one ELF file")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *out, *sym, *gz); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// run converts the ELF file in and writes the image, and the symbols if sym and the
// compressed image if gz is set.
func run(in, out, sym, gz string) error {
	f, err := elf.Open(in)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := flatten(f)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	syms, err := symbols(f)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	if err := checkEcalls(f, syms); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	if sym != "" {
		if err := os.WriteFile(sym, formatSymbols(syms), 0o666); err != nil {
			return err
		}
	}
	if gz != "" {
		packed, err := compress(img)
		if err != nil {
			return err
		}
		if err := os.WriteFile(gz, packed, 0o666); err != nil {
			return err
		}
	}
	return os.WriteFile(out, img, 0o666)
}
