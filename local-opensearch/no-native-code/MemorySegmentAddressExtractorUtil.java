package org.opensearch.knn.memoryoptsearch;

import org.apache.lucene.store.IndexInput;

/**
 * Says that no vectors lie in memory where native code could read them: then Lucene computes the distances between
 * vectors of one bit by itself, in Java.
 */
public final class MemorySegmentAddressExtractorUtil {
    public static long[] tryExtractAddressAndSize(IndexInput a, long b, long c) {
        return null;
    }
}
