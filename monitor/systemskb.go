package monitor

import (
	"errors"
	"time"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// Goal has the knowledge base solve a goal.
func (s *System) Goal(text string, most int) (console.Answer, error) {
	r, err := s.m.Goal(s.ctx, text, most)
	var refusal message.Refusal
	if errors.As(err, &refusal) {
		err = console.Usagef("%v", err)
	}
	return console.Answer(r), err
}

// Facts counts what the knowledge base knows.
func (s *System) Facts() (console.Answer, error) {
	r, err := s.m.Facts(s.ctx)
	return console.Answer(r), err
}

// measureTime is how long a core may take to measure its round trips, for each other
// core: one that answers nothing costs maxLostRow times pongTime.
const measureTime = (maxLostRow + 1) * pongTime

// Measure has a core measure its round trips.
func (s *System) Measure(core int) ([]console.Trip, error) {
	_, trips, err := askStream(s.ctx, s.m, core, askMeasure, time.Duration(s.m.plan.NCores)*measureTime, message.None{})
	var list []console.Trip
	for _, t := range trips {
		list = append(list, console.Trip{From: core, To: int(t.Core), Least: t.Least})
	}
	return list, err
}
