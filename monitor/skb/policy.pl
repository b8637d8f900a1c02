% The policies of the machine, as rules over the facts. The facts are listed in
% facts.go, with what their arguments are.

% Who lives, lowest core first.

living(Cs) :- findall(C, alive(C, _), L), sort(L, Cs).
cores(Cs) :- findall(C, core(C, _, _), L), sort(L, Cs).
lowest(C) :- living([D|_]), C = D.

% Which core owns which device. Who holds one keeps it as long as it lives; a core
% that comes back takes nothing back. From the dead it goes to the first living core
% in the device's succession: those that its interrupts reach, lowest first, then the
% others. What has no interrupts, and what hangs on the console's controller, goes to
% the lowest living core of all, which is where the console goes: there it is polled if
% need be. The plan follows the same rules with all cores alive.
%
% Each core keeps the answer of succession for every device, which the cores agree on
% before anybody has died (monitor/handover.go), so no death waits for this base.

owner(D, C) :- device(D, _, _, _, _, _), holder(D, C).

holder(D, C) :- owns(D, B), !, C = B.
holder(D, C) :- console_side(D), console_core(B), alive(B, _), !, C = B.
holder(D, C) :- successor(D, C).

% owns(D, C): the core that the cores have agreed on lives, in the same life.
owns(D, C) :- held(D, B, I), alive(B, I), C = B.

successor(D, C) :- succession(D, Cs), first_alive(Cs, C).
first_alive(Cs, C) :- member(B, Cs), alive(B, _), !, C = B.

succession(D, Cs) :- device(D, _, _, _, _, _), in_line(D, Cs).
in_line(D, Cs) :- console_side(D), !, cores(Cs).
in_line(D, Cs) :-
    cores(All), routed(D, K),
    findall(C, (member(C, All), reaches(K, C)), Near),
    findall(C, (member(C, All), \+ reaches(K, C)), Far),
    append(Near, Far, Cs).

console_side(D) :- \+ routed(D, _), !.
console_side(D) :- routed(D, K), console(U), routed(U, K), !.

% What the successor of a dead owner does, in this order: it has firmware's word
% that the owner's hart has stopped; the source is masked for the old context; the
% device is reset; the source is enabled for the new context; a completion that the
% dead one owes is written; only then its DMA window is used again. What reaches
% memory by itself and cannot be reset stays out of use, and the window with it.

handover(D, From, To, Steps) :-
    held(D, From, I), \+ alive(From, I), holder(D, To),
    device(D, _, Kind, _, _, _),
    findall(S, step(D, Kind, From, To, S), Steps).

step(_, _, From, _, stopped(F)) :- F = From.
step(D, _, From, _, mask(E, F)) :- routed(D, _), E = D, F = From.
step(D, Kind, _, _, reset(E)) :- dma(Kind), resets(Kind), E = D.
step(D, Kind, _, _, quarantine(E)) :- dma(Kind), \+ resets(Kind), E = D.
step(D, _, _, To, enable(E, T)) :- usable(D), routed(D, _), E = D, T = To.
step(D, _, _, _, complete(E)) :- usable(D), routed(D, _), E = D.
step(D, Kind, From, _, reuse(F)) :- usable(D), dma(Kind), F = From.

usable(D) :- device(D, _, Kind, _, _, _), \+ (dma(Kind), \+ resets(Kind)).
dma(virtio).
resets(virtio).

% How far two cores are from each other is far(A, B, T): the slower of the two round
% trips that they measured, nanoseconds; 0 where nothing was.
distance_of(A, B, T) :- far(A, B, S), !, T = S.
distance_of(_, _, 0).

% Groups of cores that are near each other: those of one NUMA node; where there is
% one node only, clusters of the measured round trips, if the slowest is at least
% twice the fastest; else runs of about the square root of their number.

groups(Cs, Gs) :- measured_groups(Cs, Hs), !, Gs = Hs.
groups(Cs, Gs) :- runs(Cs, Gs).

measured_groups(Cs, Gs) :- by_node(Cs, Hs), Hs = [_,_|_], !, Gs = Hs.
measured_groups(Cs, Gs) :-
    rtt_range(Least, Most), Most >= 2 * Least,
    cluster(Cs, Least, Most, Hs), Hs = [_,_|_], \+ forall(member(H, Hs), H = [_]),
    Gs = Hs.

by_node(Cs, Gs) :-
    findall(N, (member(C, Cs), core(C, _, N)), L), sort(L, Ns),
    findall(G, (member(N, Ns), findall(C, (member(C, Cs), core(C, _, N)), G)), Gs).

cluster([], _, _, Gs) :- Gs = [].
% Near is who is nearer to the fastest than to the slowest, by ratio.
cluster([C|Cs], Least, Most, Gs) :-
    Bound is Least * Most,
    findall(B, (member(B, Cs), far(C, B, T), T * T =< Bound), Near),
    findall(B, (member(B, Cs), \+ member(B, Near)), Rest),
    cluster(Rest, Least, Most, Hs),
    Gs = [[C|Near]|Hs].

runs(Cs, Gs) :- length(Cs, N), root(N, 1, R), cut_runs(Cs, R, Gs).
root(N, R, S) :- R * R >= N, !, S = R.
root(N, R, S) :- Q is R + 1, root(N, Q, T), S = T.
cut_runs([], _, Gs) :- Gs = [].
cut_runs([C|Cs], R, Gs) :- L = [C|Cs], take(R, L, G), drop(R, L, Rest), cut_runs(Rest, R, Hs), Gs = [G|Hs].

% The multicast tree over some cores: the lowest of each group is its hub; the hub
% whose farthest other hub is nearest is the centre; every hub hangs on it and every
% other core on its group's hub. A link is link(Parent, Child, RoundTrip). Links of a
% parent come slowest first, what hangs below the child included, so that the longest
% way is begun first (Barrelfish usr/skb/programs/multicast.pl sorts by the link alone).

multicast_tree(Links) :- living(Cs), tree(Cs, Links).

tree(Cs, Links) :- groups(Cs, Gs), tree_of(Gs, Links).

tree_of(Gs, Links) :-
    hubs(Gs, Hubs), centre(Hubs, Centre),
    findall(K-link(Centre, H, T), (member(G, Gs), G = [H|Ms], H \== Centre, hub_link(Centre, H, Ms, T, K)), Ls),
    slowest_first(Ls, Upper),
    findall(Ps, (member(G, Gs), G = [H|Ms], spokes(H, Ms, Ps)), Lower),
    concat([Upper|Lower], Links).

hubs(Gs, Hubs) :- findall(H, (member(G, Gs), G = [H|_]), Hubs).
centre([H], C) :- !, C = H.
centre(Hubs, C) :-
    findall(M-H, (member(H, Hubs), farthest(H, Hubs, M)), L), keysort(L, [_-H0|_]), C = H0.
hub_link(Centre, H, Ms, T, K) :- distance_of(Centre, H, T), farthest(H, Ms, M), K is -(T + M).
spokes(H, Ms, Ps) :-
    findall(K-link(H, M, T), (member(M, Ms), distance_of(H, M, T), K is -T), Ls), slowest_first(Ls, Ps).
slowest_first(Ls, Links) :- keysort(Ls, Sorted), values(Sorted, Links).
farthest(C, Cs, M) :- findall(T, (member(B, Cs), far(C, B, T)), Ts), most([0|Ts], M).
concat([], All) :- All = [].
concat([L|Ls], All) :- concat(Ls, Rest), append(L, Rest, All).

% How to reach some cores, or the first N living ones, from the first of them: the
% strategy with the least estimate. A core is occupied for each message that it sends
% and for each answer that it takes; then the slowest round trip has to come in. Where
% nothing was measured a tree is used from 12 cores on (the paper's figure 6).
% Broadcast sends once, but all others fetch the one line, one after the other, since who
% has it serves one request at a time: so in that figure it is the slowest at any number of
% cores above 2. It is chosen only where a fetch was measured and found to be cheap.

strategy(N, S) :- first_living(N, Cs), strategy_of(Cs, S).

strategy_of(Cs, S) :- estimates_of(Cs, [_-T|_]), !, S = T.
strategy_of(Cs, S) :- length(Cs, N), N >= 12, !, S = tree.
strategy_of(_, unicast).

estimates(N, Es) :- first_living(N, Cs), estimates_of(Cs, Es).

estimates_of(Cs, Es) :- Cs = [_,_|_], findall(T-S, estimate(S, Cs, T), L), L = [_|_], keysort(L, Es).

first_living(N, Cs) :- living(All), length(All, Have), N =< Have, take(N, All, Cs).

estimate(S, Cs, T) :- occupied(O), complete(Cs), shape(S, Cs, Gs), depth_cost(Gs, O, T).
estimate(broadcast, Cs, T) :-
    cost(send, S), cost(receive, R), cost(fetch, F), complete(Cs),
    Cs = [Root|Others], length(Others, N), farthest(Root, Others, M), T is S + N * (F + R) + M.

shape(unicast, Cs, Gs) :- findall([C], member(C, Cs), Gs).
shape(measured, Cs, Gs) :- measured_groups(Cs, Gs).
shape(tree, Cs, Gs) :- runs(Cs, Gs).

% All that the estimates need has been measured.
complete([C|Cs]) :- \+ (member(B, Cs), \+ far(C, B, _)).

% The root sends to its own group's members as well as to the other hubs.
depth_cost([[Root|Own]|Gs], O, T) :-
    findall(H, (member(G, Gs), G = [H|_]), Hs),
    append(Hs, Own, Direct), length(Direct, D),
    findall(E, (member(H, Hs), member(G, Gs), G = [H|Ms], below(H, Ms, O, B), distance_of(Root, H, R), E is R + B), Es),
    farthest(Root, Own, F),
    most([F|Es], M),
    T is D * O + M.
below(H, Ms, O, B) :- length(Ms, N), farthest(H, Ms, F), B is N * O + F.

% Nanoseconds for which a message and its answer occupy a core: as measured, else a
% quarter of the fastest round trip, whose two ways have two sends and two receives.
occupied(O) :- cost(send, S), cost(receive, R), !, O is S + R.
occupied(O) :- rtt_range(Least, _), O is Least // 4.
