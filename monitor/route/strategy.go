package route

import "slices"

// Strategy is a way to reach many cores.
type Strategy uint8

// Strategies. The zero value needs nothing but channels.
const (
	Unicast Strategy = iota
	TwoLevel
	Measured
	Broadcast
	NumStrategies
)

var strategyNames = [NumStrategies]string{"unicast", "tree", "measured", "broadcast"}

func (s Strategy) String() string {
	if s < NumStrategies {
		return strategyNames[s]
	}
	return "unknown"
}

// ParseStrategy returns the strategy of that name.
func ParseStrategy(name string) (s Strategy, ok bool) {
	i := slices.Index(strategyNames[:], name)
	return Strategy(max(i, 0)), i >= 0
}
