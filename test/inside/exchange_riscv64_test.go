package inside

import (
	"testing"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// TestNativeExchange lets a client call a server, in address spaces of their own. Both add
// one to the word that goes to and fro, and write down what they have.
func TestNativeExchange(t *testing.T) {
	n := newNatives(t)
	luiSlot := func(rd, slot uint32) uint32 { return slot<<16 | rd<<7 | 0x37 }
	begin := []uint32{addi(9, 10, 0), addi(5, 0, 0xfff), addi(6, 0, 0), addi(7, 0, 0)} // s1 = frame, t0 = for ever, t1 = t2 = 0
	exchange := append([]uint32{luiSlot(10, 2), luiSlot(11, 3)}, nativeCall(abi.CallExchange)...)

	client := append(begin[:4:4], addi(12, 12, 1))
	client = append(client, exchange...)
	client = append(client, sdAt(12, 9, wordsAt), jBack(4*7))

	server := append(begin[:4:4], luiSlot(10, 3))
	server = append(server, nativeCall(abi.CallReceive)...)
	server = append(server, addi(12, 12, 1), sdAt(12, 9, wordsAt))
	server = append(server, exchange...)
	server = append(server, jBack(4*7))

	both := [2]*native{n.native(server), n.native(client)}
	for i := range both {
		endpoint, _ := n.make(capability.Endpoint, 1)
		for k, x := range both {
			x.frame.Disabled = 1
			cnode := x.self + 1<<16
			if k == i {
				n.call(abi.CallCopy, endpoint, cnode|3)
			} else {
				n.call(abi.CallCopy, endpoint, cnode|2)
			}
		}
	}
	for _, x := range both {
		n.start(x)
	}
	const rounds = 5000
	n.until("the client has thousands of answers", func() bool { return both[1].words[0] > 2*rounds })
	served, answered := both[0].words[0], both[1].words[0]
	if answered%2 != 0 || served != answered && served != answered+2 {
		t.Errorf("the server has had the word as %d, the client as %d", served, answered)
	}
}
