package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Export offers a service under a name to programs on all cores, as long as there is the
// endpoint. It waits until a time for the cores to agree on the name.
func Export(name string, endpoint Cap, until uint64) error {
	n, e := abi.NameOf(name)
	if e != abi.OK {
		return e
	}
	return wait(abi.CallExport, &ecall.Registers{n[0], n[1], n[2], uint64(endpoint), ecall.T0: until})
}

// Bind binds the service of a name: empty slots get the binding and the frame that it
// shares with the server. It waits until a time for the server's core, and returns which
// that is.
func Bind(name string, binding, frame Cap, until uint64) (core int, err error) {
	n, e := abi.NameOf(name)
	if e != abi.OK {
		return 0, e
	}
	r := ecall.Registers{n[0], n[1], n[2], uint64(binding), uint64(frame), ecall.T0: until}
	err = wait(abi.CallBind, &r)
	return int(r[1]), err
}

// Accept takes one bind of the service that was exported with an endpoint, and returns the
// client's core. It waits for one until a time.
func Accept(endpoint, binding, frame Cap, until uint64) (core int, err error) {
	r := ecall.Registers{uint64(endpoint), uint64(binding), uint64(frame), ecall.T0: until}
	err = wait(abi.CallAccept, &r)
	return int(r[1]), err
}

// Ring wakes who waits at the other end of a binding.
func Ring(binding Cap) error { return call(abi.CallRing, &ecall.Registers{uint64(binding)}) }

// Pass gives the other end of a binding a copy of a frame or of RAM, with some of its rights, and waits
// until a time for its core to have it. It fails with ErrFull if the other end has to collect
// first, and with ErrAgain while the frame is being revoked.
func Pass(binding, frame Cap, rights capability.Rights, until uint64) error {
	return wait(abi.CallPass, &ecall.Registers{uint64(binding), uint64(frame), uint64(rights), ecall.T0: until})
}

// Collect takes the first of the copies that have come through a binding into an empty slot.
// It fails with ErrTime if there is none.
func Collect(binding, dst Cap) error {
	return call(abi.CallCollect, &ecall.Registers{uint64(binding), uint64(dst)})
}

// Await waits until a time for a ring, or for a copy that can be collected. It fails with ErrPeerDead when the binding has
// ended.
func Await(binding Cap, until uint64) error {
	return wait(abi.CallAwait, &ecall.Registers{uint64(binding), ecall.T0: until})
}
