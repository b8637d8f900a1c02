// Package block is disks as file systems have them: sectors, and partitions of a disk.
package block
