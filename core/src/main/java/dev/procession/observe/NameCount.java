package dev.procession.observe;

import java.io.Serializable;

/**
 * How far the tasks of one name are. Elements of a map are counted one by one, under the name of
 * the map.
 *
 * @param name the tasks' name
 * @param waiting tasks that no worker has begun, as far as they are submitted; with more than some
 *     ten thousand that wait it is an estimate
 * @param expected elements that maps have not yet taken from their inputs, as far as these tell how
 *     many they are
 * @param running tasks that workers run
 * @param done tasks that have ended since somebody looks, in whichever way
 * @param failed how many of those did not give a value
 */
public record NameCount(
    String name, long waiting, long expected, int running, long done, long failed)
    implements Serializable {}
