package main

import (
	"fmt"
	"runtime"

	"atoll/arch/shim"
)

func main() {
	r := shim.Row()
	fmt.Printf("hello from %s: core %d hart %d dtb %#x image %#x\n", runtime.Version(), int64(r.Core), r.Hart, shim.DeviceTree(), r.Image)
}
