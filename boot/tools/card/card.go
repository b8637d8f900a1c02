package card

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"atoll/boot/tools/disk"
	"atoll/dts/boards"
)

const (
	mib = 1 << 20 / disk.SectorSize
	// sectors is the size of a card: as small as FAT32 can be with room to spare, so
	// that it is flashed in seconds.
	sectors = 128 * mib
	// slack is left at the end for the copy of the GPT, a multiple of what
	// partitions are aligned to.
	slack = mib
	label = "ATOLL"
)

// Card is a card to be made.
type Card struct {
	Board    *boards.Board
	Kernel   []byte            // flat image, or one that gzip has compressed
	Initrd   []byte            // nil: none
	Tree     []byte            // flattened device tree instead of the board's, nil: the board's
	Append   string            // boot arguments
	Firmware map[string][]byte // by name, see boards.Firmware
}

// Write writes the card to a file, which it replaces when the card is complete.
func (c Card) Write(path string) error {
	files, err := c.files()
	if err != nil {
		return err
	}
	if err := c.checkFirmware(); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	err = errors.Join(f.Chmod(0o644), f.Truncate(sectors*disk.SectorSize), c.writeDisk(f, files), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// writeDisk writes the partition table and the partitions.
func (c Card) writeDisk(w io.WriterAt, files map[string][]byte) error {
	seed := "atoll " + c.Board.Name
	list, err := c.partitions()
	if err != nil {
		return err
	}
	if c.Board.MBR {
		err = disk.MBR{Seed: seed, Sectors: sectors, Partitions: list}.Write(w)
	} else {
		err = disk.GPT{Seed: seed, Sectors: sectors, Partitions: list}.Write(w)
	}
	if err != nil {
		return err
	}
	for _, f := range c.Board.Firmware {
		for _, p := range list {
			if f.Partition != "" && f.Partition == p.Name {
				if _, err := w.WriteAt(c.Firmware[f.Name], int64(p.First)*disk.SectorSize); err != nil {
					return err
				}
			}
		}
	}
	last := list[len(list)-1]
	return disk.FAT32{Seed: seed, Label: label, First: last.First, Sectors: last.Sectors, Files: files}.Write(w)
}

// partitions returns the board's partitions on a card of this size.
func (c Card) partitions() (list []disk.Partition, err error) {
	for i, p := range c.Board.Partitions {
		d := disk.Partition{Name: p.Name, MBRType: disk.MBRTypeFAT32, First: p.First, Sectors: p.Count}
		if p.Count == 0 {
			d.Sectors = sectors - slack - p.First
		}
		d.Bootable = i == len(c.Board.Partitions)-1
		if !c.Board.MBR {
			if d.Type, err = disk.ParseGUID(p.Type); err != nil {
				return nil, err
			}
		}
		list = append(list, d)
	}
	return list, nil
}

// checkFirmware refuses firmware that the board does not know or that does not fit.
func (c Card) checkFirmware() error {
	for name, data := range c.Firmware {
		f := c.Board.FindFirmware(name)
		if f == nil {
			return fmt.Errorf("%s takes no firmware %q; %s", c.Board.Name, name, c.Board.FirmwareText())
		}
		for _, p := range c.Board.Partitions {
			if f.Partition == p.Name && p.Count > 0 && uint64(len(data)) > p.Count*disk.SectorSize {
				return fmt.Errorf("firmware %q has %d bytes, partition %s only %d", name, len(data), p.Name, p.Count*disk.SectorSize)
			}
		}
	}
	return nil
}
