package org.opensearch.knn.jni;

/**
 * The classes in this folder stand before the k-NN plugin's own ones of the same names, which call native libraries
 * that the plugin's Maven artefact lacks. There the lack is a LinkageError, at which OpenSearch ends itself, now and at
 * every start. Here it is an ordinary exception: one shard fails, and the server goes on with its other indexes.
 *
 * They are compiled in no-native-code.jar. To make it again, in an empty folder, with a JDK of 21 or newer:
 * javac --release 21 -g:none -cp "SERVER/plugins/opensearch-knn/*:SERVER/lib/*" -d . .../no-native-code/*.java
 * jar --create --no-manifest --date=2026-01-01T00:00:00Z --file .../no-native-code/no-native-code.jar org
 */
final class NoNativeCode {
    static IllegalStateException refuse() {
        return new IllegalStateException("this OpenSearch has no native code, so knn_vector needs engine: 'lucene'");
    }

    private NoNativeCode() {}
}
